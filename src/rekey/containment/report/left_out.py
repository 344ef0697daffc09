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
    open_ = [one for one in left if not _asks_for_nothing(one)]
    roots = [one for one in open_ if not one.needs]
    grouped: dict[tuple[str, str | None, bool], list[LeftOut]] = {}
    for one in roots:
        grouped.setdefault((one.why, one.playbook, one.step is None), []).append(one)
    return [
        Left(_named(own), _wanting(own, open_), why, playbook)
        for (why, playbook, _), own in grouped.items()
    ]


def for_nobody(left: Iterable[LeftOut]) -> list[Left]:
    """Give what asks for nothing, as what has expired: one entry a reason."""
    grouped: dict[str, list[LeftOut]] = {}
    for one in filter(_asks_for_nothing, left):
        grouped.setdefault(one.why, []).append(one)
    return [Left(_named(own), (), why, None) for why, own in grouped.items()]


def _named(left: Iterable[LeftOut]) -> tuple[str, ...]:
    """Give credentials by their ids, and steps by theirs: those of several targets as one."""
    found: dict[str, list[str]] = {}
    for one in left:
        number, _, name = (one.step or "").partition("-")
        found.setdefault(name or one.what, []).append(number)
    return tuple(f"{','.join(n)}-{what}" if n[0] else what for what, n in found.items())


def _asks_for_nothing(one: LeftOut) -> bool:
    return one.exposure == "none" and (one.step is None or one.second)


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
