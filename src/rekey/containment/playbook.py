"""Playbooks: steps for a person, and where it exists the same as data for the engine."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.duration import DurationText
from rekey.containment.order import Order, faults
from rekey.errors import Place, RekeyError
from rekey.yaml_file import read_model

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
StepName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
TargetKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z][a-z0-9_]+$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Guidance(_Frozen):
    """A step for a person: what to do, why, and what shows that it worked."""

    do: Text
    why: Text
    proof: Text


class StepSpec(_Frozen):
    """A step for the engine."""

    id: StepName
    action: ActionName
    phase: Phase
    after: DurationText | None = None
    """Grace time, counted from the moment when all earlier steps were proven."""
    proof: Literal["A", "A-sibling", "B", "C", "D"] = "B"
    """The least grade with which this step counts as done. ``D`` accepts that nothing proves it
    before the credential expires, and the plan says until when."""
    if_possible: bool = False
    """Left out of the plan, and named there, where the provider says that it cannot be done."""

    @property
    def least(self) -> Grade:
        """The least grade with which it counts."""
        return Grade(self.proof)


class Automation(_Frozen):
    """What the engine does with one kind of credential, in either order."""

    contain: Annotated[tuple[StepSpec, ...], Field(min_length=1)]
    rotate: tuple[StepSpec, ...] = ()
    """Empty where the kind cannot be rotated: a session is renewed by whoever opened it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        orders: tuple[Order, ...] = ("contain", "rotate")
        for order in orders:
            steps = self.steps(order)
            names = [step.id for step in steps]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{order}: the step {twice[0]!r} stands twice")
            graces = [step.after is not None for step in steps]
            if steps and (wrong := faults(order, [step.phase for step in steps], graces)):
                raise ValueError(f"{order}: {wrong[0]}")
        return self

    def steps(self, order: Order) -> tuple[StepSpec, ...]:
        """Give the steps of one order."""
        return self.contain if order == "contain" else self.rotate


class Playbook(_Frozen):
    """One file of ``playbooks/``."""

    name: Text
    title: Text
    status: Literal["guidance", "automated"]
    """``guidance``: steps for a person only."""
    credential_kinds: Annotated[tuple[Text, ...], Field(min_length=1)]
    """As the log sources name them, where there is one."""
    on_request: bool = False
    """Taken only where a rule or a person asks for it by name: another one is the usual answer."""
    summary: Text
    automation: dict[TargetKind, Automation] = {}
    """Kind of target, as the provider refines it → steps."""
    steps: Annotated[tuple[Guidance, ...], Field(min_length=1)]
    pitfalls: tuple[Text, ...] = ()
    references: Annotated[tuple[Text, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _status_is_true(self) -> Self:
        if (self.status == "automated") != bool(self.automation):
            raise ValueError("status is 'automated' exactly where there is an automation")
        return self


def read_playbook(path: Path) -> Playbook:
    """Read a playbook; its name is that of its file.

    Raises:
        RekeyError: as :func:`rekey.yaml_file.read_model`, or another name than the file's.
    """
    playbook, locate = read_model(path, Playbook)
    if playbook.name != path.stem:
        raise RekeyError(
            f"the playbook calls itself {playbook.name!r}", place=Place(path, locate(("name",)))
        )
    return playbook


class Library:
    """All playbooks; later folders win where a name stands twice, so that a site can overrule."""

    def __init__(self, folders: Iterable[Path]) -> None:
        files = [file for folder in folders for file in sorted(folder.glob("*.yml"))]
        self.playbooks = {file.stem: read_playbook(file) for file in files}

    def guidance(self, kind: str, preferred: Iterable[str] = ()) -> str | None:
        """Name the playbook for a person about a kind, as log sources name it.

        A preferred one that is about it, else one that is, else a preferred one.
        """
        wanted, about = list(preferred), [
            book for book in self.playbooks.values() if kind in book.credential_kinds
        ]  # fmt: skip
        about = [book for book in about if book.name in wanted or not book.on_request]
        about.sort(key=lambda book: (book.name not in wanted, book.status != "automated"))
        return about[0].name if about else next(iter(wanted), None)

    def automation(
        self, kind: str, preferred: Iterable[str] = ()
    ) -> tuple[Playbook, Automation] | None:
        """Find what the engine does with a kind; of several playbooks, a preferred one."""
        wanted = list(preferred)
        fitting = [
            book for book in self.playbooks.values()
            if kind in book.automation and (book.name in wanted or not book.on_request)
        ]  # fmt: skip
        fitting.sort(
            key=lambda book: wanted.index(book.name) if book.name in wanted else len(wanted)
        )
        return (fitting[0], fitting[0].automation[kind]) if fitting else None

    def automated(self, name: str) -> Playbook:
        """Give a playbook that the engine can carry out.

        Raises:
            RekeyError: there is none of this name, or it is for a person only.
        """
        known = sorted(one.name for one in self.playbooks.values() if one.automation)
        if name not in known:
            why = "is for a person only" if name in self.playbooks else "is not there"
            raise RekeyError(f"the playbook {name} {why}", hint=f"Automated: {', '.join(known)}.")
        return self.playbooks[name]
