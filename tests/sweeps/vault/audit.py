"""Vault's own account of what was done to it.

https://developer.hashicorp.com/vault/docs/audit
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.faults.exchange import Seen
from tests.sweeps.vault.calls import QUESTIONS


class Audit:
    """An audit log, from now on."""

    def __init__(self, file: Path) -> None:
        self._file, self._begin = file, file.stat().st_size

    def agrees(self, changes: Sequence[Seen], policy: str, name: str) -> None:
        """See that it tells of the same changes, on paths in which a name stands.

        Args:
            changes: of one incident, which the server answered with success.
            policy: of the responder, by which the log knows it.
            name: of the victim.

        Raises:
            AssertionError: it tells of others.
        """
        paths = (one.path.removeprefix("/v1/").partition("?")[0] for one in changes)
        claimed = Counter(path for path in paths if name in path.split("/"))
        with self._file.open("rb") as log:
            log.seek(self._begin)
            lines = [line for line in log if f"/{name}".encode() in line]
        told = Counter(
            one["request"]["path"]
            for one in map(json.loads, lines)
            if one["type"] == "response" and "error" not in one
            and one["request"]["operation"] in ("create", "update", "patch", "delete")
            and name in one["request"]["path"].split("/")
            and not QUESTIONS.search(one["request"]["path"])
            and policy in (one.get("auth") or {}).get("policies", ())
        )  # fmt: skip
        assert told == claimed, "the audit log disagrees"
