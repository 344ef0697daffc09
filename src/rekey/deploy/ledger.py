"""The ledger: what we wrote into a SIEM and how it was stored there.

One JSON file, kept by who deploys (beside the rules, or in the cache of a pipeline). It tells our own
changes from those of others, and holds what is needed to go back one version. It is written after
each single change, so that a run that was cut off goes on where it stopped.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rekey.deploy.digest import digest
from rekey.deploy.interface import Body
from rekey.errors import Place, RekeyError

FORMAT: Final = 1
Digests = dict[str, str]
"""Field → digest of its value."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Record(_Model):
    """One object.

    Attributes:
        name: what people call it.
        sent: what we wrote.
        stored: the same fields as they were read back: servers add defaults.
        previous: what stood there before the last change, as far as it is ours; ``None`` if nothing.
        run: digest of the plan that changed it last; empty if it was found as we would write it.
        pending: digest of a plan whose change was begun and not seen to end.
    """

    name: str
    sent: Digests = {}
    stored: Digests = {}
    previous: dict[str, Any] | None = None
    run: str = ""
    pending: str | None = None


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


def fields(body: Mapping[str, Any]) -> Digests:
    """Sum up each field."""
    return {name: digest(value) for name, value in sorted(body.items())}


def settled(name: str, sent: Body, stored: Body, previous: Body | None, run: str) -> Record:
    """Write down an object that is as it should be."""
    back = {field: value for field, value in stored.items() if field in sent}
    return Record(name=name, sent=fields(sent), stored=fields(back), previous=previous, run=run)


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
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=file.parent, prefix=file.name, delete=False
        ) as new:
            new.write(ledger.model_dump_json(indent=1) + "\n")
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).replace(file)
    except OSError as error:
        raise RekeyError(f"cannot be written: {error.strerror}", place=Place(file)) from error
