"""Which version each compiled rule has: a number that rises only when the rule says something else.

``versions.json`` lies beside this file and travels with the product. It holds, for each way of
indexing, Sigma id → version and digest of what was compiled for a site that says nothing.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from rekey.errors import Place, RekeyError

FILE: Final = Path(__file__).parent / "versions.json"
_NOT_CONTENT: Final = frozenset({"version", "enabled"})


class Version(BaseModel):
    """A version and what it stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    digest: str


class Versions(BaseModel):
    """The lock file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ecs: dict[str, Version] = {}
    raw: dict[str, Version] = {}

    def of(self, schema: str) -> Mapping[str, Version]:
        """Give the versions of one way of indexing."""
        known: Mapping[str, Version] = getattr(self, schema)
        return known


def digest(rule: Mapping[str, Any]) -> str:
    """Sum up what a compiled rule says."""
    content = {name: value for name, value in rule.items() if name not in _NOT_CONTENT}
    packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(packed).hexdigest()[:32]


def read_versions(file: Path = FILE) -> Versions:
    """Read the lock file; none is an empty one.

    Raises:
        RekeyError: unreadable, or not a lock file.
    """
    try:
        return Versions.model_validate_json(file.read_bytes()) if file.exists() else Versions()
    except (OSError, ValidationError) as error:
        raise RekeyError(
            "is no version file", place=Place(file),
            hint="`rekey build elastic --update-versions` writes it.",
        ) from error  # fmt: skip


def raised(
    known: Mapping[str, Version], rules: Mapping[str, Mapping[str, Any]]
) -> dict[str, Version]:
    """Raise the versions of rules whose content changed; rules that are gone leave."""
    made = {}
    for name, rule in sorted(rules.items()):
        before, now = known.get(name), digest(rule)
        if before is None:
            made[name] = Version(version=1, digest=now)
        else:
            changed = before.digest != now
            made[name] = Version(version=before.version + changed, digest=now)
    return made


def write_versions(versions: Versions, file: Path = FILE) -> None:
    """Write the lock file.

    Raises:
        RekeyError: it cannot be written.
    """
    text = orjson.dumps(versions.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    try:
        file.write_bytes(text + b"\n")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(file)) from error
