"""The ledger: what we wrote into a SIEM and how it was stored there.

One JSON file, kept by who deploys (beside the rules, or in the cache of a pipeline). It tells our own
changes from those of others, and holds what is needed to go back one version. It is written after
each single change, so that a run that was cut off goes on where it stopped.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rekey.deploy.digest import digest
from rekey.deploy.interface import Body, Policy
from rekey.deploy.private_file import write_private
from rekey.errors import Place, RekeyError

FORMAT: Final = 1
Digests = dict[str, str]
"""Field → digest of its value."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Sent(_Model):
    """What a package says of an object, as far as we decide it.

    Attributes:
        fields: what it says of each field.
        entries: what it puts into shared lists, by field.
    """

    fields: Digests = {}
    entries: dict[str, list[str]] = {}


class Pending(_Model):
    """A change that was begun and not seen to end.

    Attributes:
        run: digest of the plan.
        sent: what it was to write.
    """

    run: str
    sent: Sent


class Record(_Model):
    """One object.

    Attributes:
        name: what people call it.
        sent: what we wrote.
        stored: the same fields as they were read back: servers add defaults.
        previous: what stood there before the last change, as far as it is ours; ``None`` if nothing.
        run: digest of the plan that changed it last; empty if it was found as we would write it.
        pending: a later change, of which nobody knows whether it happened.
    """

    name: str
    sent: Sent = Sent()
    stored: Digests = {}
    previous: dict[str, Any] | None = None
    run: str = ""
    pending: Pending | None = None

    @property
    def is_settled(self) -> bool:
        """Say whether we wrote the object, or took it over, for sure."""
        return bool(self.sent.fields)


class Site(_Model):
    """One place that was deployed to."""

    last_run: str = ""
    records: dict[str, Record] = {}


class Ledger(_Model):
    """All places; the file's content."""

    format: Literal[1] = FORMAT
    places: dict[str, Site] = {}

    def at(self, place: str) -> Site:
        """Give the records of a place."""
        return self.places.setdefault(place, Site())


def fields(body: Mapping[str, Any], policy: Policy) -> Digests:
    """Sum up each field."""
    return {name: digest(policy.plain(name, value)) for name, value in sorted(body.items())}


def said(body: Body, ours: Iterable[str], policy: Policy) -> Sent:
    """Sum up what a package says of an object in those fields that are ours to decide."""
    decided = {name: body[name] for name in ours}
    entries = {name: sorted(map(str, decided.pop(name))) for name in policy.shared & decided.keys()}
    return Sent(fields=fields(decided, policy), entries=entries)


def settled(
    name: str, sent: Sent, stored: Body, policy: Policy, previous: Body | None, run: str
) -> Record:
    """Write down an object that is as it should be."""
    back = {field: value for field, value in stored.items() if field in sent.fields}
    return Record(name=name, sent=sent, stored=fields(back, policy), previous=previous, run=run)


def read_ledger(file: Path) -> Ledger:
    """Read the ledger; none is an empty one.

    Raises:
        RekeyError: it cannot be read, or is no ledger.
    """
    try:
        return Ledger.model_validate_json(file.read_bytes()) if file.exists() else Ledger()
    except ValidationError as error:
        raise RekeyError(
            "is no ledger of deployments", place=Place(file),
            hint="Restore it, or name another file with --ledger.",
        ) from error  # fmt: skip
    except OSError as error:
        raise RekeyError(f"cannot be read: {error.strerror}", place=Place(file)) from error


def write_ledger(ledger: Ledger, file: Path) -> None:
    """Write the ledger; a crash leaves the old one or the new one.

    Raises:
        RekeyError: it cannot be written.
    """
    write_private(f"{ledger.model_dump_json(indent=1)}\n".encode(), file)
