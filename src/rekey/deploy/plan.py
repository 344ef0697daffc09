"""The plan: every change with what it was planned against, under one digest."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from rekey.deploy.digest import digest
from rekey.deploy.ledger import Sent
from rekey.deploy.private_file import write_private
from rekey.errors import Place, RekeyError

FORMAT: Final = 1


class Status(StrEnum):
    """What is to be said of an object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    """Removed and made again, as what cannot be changed has changed."""
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    EDITED = "local edits"
    """Somebody changed what is ours: it stays as it is."""
    MISSING = "deleted there"
    """We made it and somebody removed it: it stays away."""
    FOREIGN = "not ours"
    RETIRED = "removed upstream"
    """No longer in the package: it stays as it is."""
    COPY = "a copy"
    """Somebody made it of one of ours: it is theirs."""


ACTIONS: Final = frozenset({Status.CREATE, Status.UPDATE, Status.REPLACE, Status.REMOVE})


class Difference(BaseModel):
    """A field with its value there and its value to be; ``None`` is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    old: Any = None
    new: Any = None


class Change(BaseModel):
    """One object.

    Attributes:
        before: digest of all that is there now; ``None`` if it is not there.
        after: what is to be there; ``None`` where nothing is to be done, or it is to be removed.
        sent: what the package says of it, for the ledger.
        previous: ours as it was, to go back to.
        note: what a reader should know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    status: Status
    differences: tuple[Difference, ...] = ()
    before: str | None = None
    after: dict[str, Any] | None = None
    sent: Sent = Sent()
    previous: dict[str, Any] | None = None
    note: str = ""

    @property
    def acts(self) -> bool:
        """Say whether applying it writes."""
        return self.status in ACTIONS


class Plan(BaseModel):
    """All changes for one place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    target: str
    place: str
    changes: tuple[Change, ...]

    @property
    def digest(self) -> str:
        """What a reviewer agrees to: it changes with anything in the plan."""
        return digest(self.model_dump(mode="json"))

    @property
    def actions(self) -> tuple[Change, ...]:
        """The changes that write."""
        return tuple(change for change in self.changes if change.acts)


def write_plan(plan: Plan, file: Path) -> None:
    """Write a plan, readable by its owner alone: it holds the site's actions and exceptions.

    Raises:
        RekeyError: it cannot be written.
    """
    document = {"digest": plan.digest, "plan": plan.model_dump(mode="json")}
    write_private(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n", file)


def read_plan(file: Path) -> Plan:
    """Read a plan.

    Raises:
        RekeyError: it cannot be read, is no plan, or was altered.
    """
    try:
        document = orjson.loads(file.read_bytes())
        plan, stated = Plan.model_validate(document["plan"]), document["digest"]
    except OSError as error:
        raise RekeyError(f"cannot be read: {error.strerror}", place=Place(file)) from error
    except (orjson.JSONDecodeError, ValidationError, KeyError, TypeError) as error:
        raise RekeyError(
            "is no plan", place=Place(file), hint="`rekey deploy plan --out FILE` writes one."
        ) from error
    if plan.digest != stated:
        raise RekeyError(
            "was altered after it was made", place=Place(file), hint="Plan again, and review that."
        )
    return plan
