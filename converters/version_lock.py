"""Which version each compiled rule has: a number that rises only when the rule says something else.

A lock file lies beside a converter and travels with the product. It holds Sigma id → version and digest
of what was compiled for a site that says nothing.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from rekey.errors import Place, RekeyError


class Version(BaseModel):
    """A version and what it stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    digest: str


Versions = Mapping[str, Version]
"""Sigma id → version."""

_FILE = TypeAdapter(dict[str, Version])


def digest(content: object) -> str:
    """Sum up what a compiled rule says; anything that JSON can hold."""
    packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(packed).hexdigest()[:32]


def raised(known: Versions, digests: Mapping[str, str]) -> dict[str, Version]:
    """Raise the versions of rules whose digest changed; rules that are gone leave."""
    made = {}
    for rule, now in sorted(digests.items()):
        before = known.get(rule)
        if before is None:
            made[rule] = Version(version=1, digest=now)
        else:
            made[rule] = Version(version=before.version + (before.digest != now), digest=now)
    return made


def changed(known: Versions, made: Versions) -> tuple[str, ...]:
    """Give the rules in which two states of a lock file differ."""
    both = known.keys() | made.keys()
    return tuple(sorted(rule for rule in both if known.get(rule) != made.get(rule)))


def read(file: Path) -> Versions:
    """Read a lock file; none is an empty one.

    Raises:
        RekeyError: unreadable, or not a lock file.
    """
    try:
        return _FILE.validate_json(file.read_bytes()) if file.exists() else {}
    except (OSError, ValidationError) as error:
        raise RekeyError(
            "is no file of versions", place=Place(file), hint="`--update-versions` writes it anew."
        ) from error


def write(file: Path, versions: Versions) -> None:
    """Write a lock file.

    Raises:
        RekeyError: it cannot be written.
    """
    plain = {rule: version.model_dump() for rule, version in versions.items()}
    text = orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    try:
        file.write_bytes(text + b"\n")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(file)) from error
