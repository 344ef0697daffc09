"""What suspect tokens and entities wrote, by a case's timeline and by the audit log.

Both name a deed alike, so that whoever explains it does so once.
https://developer.hashicorp.com/vault/docs/audit
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from rekey.containment.survey import Finding
from rekey.containment.target import Act
from rekey.providers.audit_log import findings
from rekey.providers.vault.leases import Lease

_READS: Final = frozenset({"read", "list", "header", "help", "renew"})
_ASKING: Final = (
    "auth/token/lookup", "auth/token/renew", "auth/token/revoke", "sys/capabilities",
    "sys/audit-hash/", "sys/wrapping/lookup", "sys/wrapping/unwrap", "sys/leases/lookup",
    "sys/leases/renew", "identity/lookup/",
)  # fmt: skip
"""Written to be answered, or to end something: nothing is left behind."""


def deed(act: Act) -> Finding | None:
    """Take every act of a timeline for something left behind that does not only read."""
    operation = act.action.partition(" ")[0]
    return _finding(operation, act.target or act.event, act.credential, act.minted)


def deeds(log: Path, names: Collection[str], since: datetime) -> Iterator[Finding]:
    """Read what was written with some tokens, or by some entities, and what was leased to them.

    Args:
        log: the file of the audit device.
        names: HMACs of accessors, and ids of entities.
        since: begin of the abuse.

    Raises:
        Refused: the log cannot be read.
    """
    return findings(log, names, partial(_deed, names, since))


def _deed(names: Collection[str], since: datetime, event: dict[str, Any]) -> Iterator[Finding]:
    auth, request = event["auth"], event["request"]
    by = next((one for one in (auth.get("accessor"), auth.get("entity_id")) if one in names), None)
    done = event["type"] == "response" and not event.get("error")
    time = datetime.fromisoformat(str(event["time"]))
    if by is None or not done or time < since:
        return
    answer = event.get("response") or {}
    minted = (answer.get("auth") or {}).get("accessor")
    operation, path = str(request["operation"]), str(request["path"])
    # A login tells nothing: the log shows who came of it, and the survey lists who lives.
    if minted is None or minted != auth.get("accessor"):
        found = _finding(operation, path, str(by), (str(minted),) if minted else ())
        if found is not None:
            yield found
    if lease := (answer.get("secret") or {}).get("lease_id"):
        yield Lease(str(lease), f"credential leased at {path}, which lives", str(by))


def _finding(operation: str, path: str, by: str, minted: tuple[str, ...]) -> Finding | None:
    if operation in _READS or path.startswith(_ASKING):
        return None
    if minted:
        return Finding(minted[0], f"token of {path}", by, frozenset(minted))
    return Finding(f"{operation}:{path}", f"{operation} {path}", by)
