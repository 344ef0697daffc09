"""Many cases at once: whom they are about, and which of them a report tells in full."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from rekey.alert import LEVELS, Level
from rekey.case import Case
from rekey.case_title import name
from rekey.report.brief import opening
from rekey.report.words import in_utc


@dataclass(frozen=True)
class Numbered:
    """A case and its place in the report, from 1."""

    number: int
    case: Case


@dataclass(frozen=True)
class Subject:
    """An identity that cases begin with, by its id; ``None`` where the logs name none.

    Attributes:
        cases: in the report's order, the gravest first.
        level: the worst of theirs.
    """

    id: str | None
    name: str
    cases: tuple[Numbered, ...]
    level: Level
    first: datetime
    last: datetime


def subjects(cases: Sequence[Case], without: Collection[int] = ()) -> tuple[Subject, ...]:
    """Group cases by the identity that they begin with, in the order of the gravest case.

    Args:
        cases: all, in the report's order.
        without: numbers of those to leave out.
    """
    by_id: dict[str | None, list[Numbered]] = {}
    for number, case in enumerate(cases, 1):
        if number not in without:
            by_id.setdefault(opening(case).actor.id, []).append(Numbered(number, case))
    return tuple(
        Subject(
            id=id,
            name=name(opening(own[0].case).actor),
            cases=tuple(own),
            level=max((one.case.level for one in own), key=LEVELS.index),
            first=min((one.case.first for one in own), key=in_utc),
            last=max((one.case.last for one in own), key=in_utc),
        )
        for id, own in by_id.items()
    )


def in_full(cases: Sequence[Case], limit: int) -> frozenset[int]:
    """Choose the cases to tell in full, by number: one of each identity, then the gravest.

    Nobody should miss an identity because another one has a hundred cases before it.
    """
    firsts = [subject.cases[0].number for subject in subjects(cases)]
    return frozenset(list(dict.fromkeys([*firsts, *range(1, len(cases) + 1)]))[:limit])
