"""What the survey hashes of an event: looks, groups, the values in them, and texts.

Hashes that no event needs two of share a column, because each column costs time and memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rekey.converters.duckdb.gate import are_exclusive
from rekey.converters.duckdb.interest import Asked, Grouped, Shape
from rekey.converters.registry import LogSourceFields

Tracked = Shape | Grouped
"""What is told by hashes."""


@dataclass(frozen=True)
class Case:
    """One thing that is hashed.

    Attributes:
        asked: what; nothing has the hash null.
        numbers: the looks and groups of which an event must have one; ``None`` where every event
            is asked.
    """

    asked: tuple[Asked, ...]
    numbers: frozenset[int] | None


@dataclass(frozen=True)
class HashColumn:
    """Cases of which an event is at most one."""

    cases: tuple[Case, ...]


def asked_by(each: Tracked) -> tuple[Asked, ...]:
    """Give all that must be told of an event."""
    return each.asked if isinstance(each, Shape) else (*each.group, *each.value)


def hash_columns(
    tracked: Sequence[Tracked], texts: Iterable[str], source: LogSourceFields
) -> tuple[HashColumn, ...]:
    """Spread all that is hashed over few columns.

    Args:
        tracked: looks and groups; their numbers are their places.
        texts: light fields of which every event's text is hashed.
        source: the log source.
    """
    needs: dict[tuple[Asked, ...], set[int] | None] = {(each,): None for each in texts}
    for number, each in enumerate(tracked):
        for asked in (each.asked,) if isinstance(each, Shape) else (each.group, each.value):
            known = needs.setdefault(asked, set())
            if each.test == "true":
                needs[asked] = None
            elif known is not None:
                known.add(number)
    columns: list[list[Case]] = []
    for asked, numbers in needs.items():
        if not asked:
            continue
        case = Case(asked, None if numbers is None else frozenset(numbers))
        for column in columns:
            if all(_are_apart(case, other, tracked, source) for other in column):
                column.append(case)
                break
        else:
            columns.append([case])
    return tuple(HashColumn(tuple(column)) for column in columns)


def _are_apart(one: Case, other: Case, tracked: Sequence[Tracked], source: LogSourceFields) -> bool:
    if one.numbers is None or other.numbers is None:
        return False
    gates = [[tracked[n].calls for n in each] for each in (one.numbers, other.numbers)]
    return all(a and b and are_exclusive(a, b, source) for a in gates[0] for b in gates[1])
