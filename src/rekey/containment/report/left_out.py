"""What a plan leaves out, put together so that a tired reader can take it in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rekey.containment.plan import LeftOut


@dataclass(frozen=True)
class Left:
    """Things that are left out for one reason.

    Attributes:
        what: credentials by their ids, or steps by theirs.
        then: steps that are left out for want of these.
    """

    what: tuple[str, ...]
    then: tuple[str, ...]
    why: str
    playbook: str | None


def for_people(left: Iterable[LeftOut]) -> list[Left]:
    """Give what somebody must see to: one entry a reason, and steps with those that need them."""
    open_ = [one for one in left if one.step or one.exposure != "none"]
    roots = [one for one in open_ if not one.needs]
    grouped: dict[tuple[str, str | None, bool], list[LeftOut]] = {}
    for one in roots:
        grouped.setdefault((one.why, one.playbook, one.step is None), []).append(one)
    return [
        Left(tuple(one.step or one.what for one in own), _wanting(own, open_), why, playbook)
        for (why, playbook, _), own in grouped.items()
    ]


def for_nobody(left: Iterable[LeftOut]) -> list[Left]:
    """Give what asks for nothing, as what has expired: one entry a reason."""
    grouped: dict[str, list[str]] = {}
    for one in left:
        if not one.step and one.exposure == "none":
            grouped.setdefault(one.why, []).append(one.what)
    return [Left(tuple(what), (), why, None) for why, what in grouped.items()]


def _wanting(roots: Sequence[LeftOut], left: Sequence[LeftOut]) -> tuple[str, ...]:
    """Give the steps that cannot be without these, and those that cannot be without them."""
    gone = {one.step for one in roots if one.step}
    found: dict[str, None] = {}
    while True:
        more = [one.step for one in left if one.step and one.step not in gone | found.keys()
                and (gone | found.keys()) & set(one.needs)]  # fmt: skip
        if not more:
            return tuple(found)
        found |= dict.fromkeys(more)
