"""streamstats.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Streamstats: statistics over the
rows so far. ``time_window`` needs rows in order of time, and looks at those that are at most that
far away; ``window`` looks at so many rows, of all groups unless ``global=false``; ``current=false``
leaves the row itself out. A window holds 10,000 rows at most (``max_stream_window``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from tests.spl.aggregates import Aggregation
from tests.spl.commands.evaluating import assign
from tests.spl.commands.options import flag, options_of
from tests.spl.commands.stats import group_of, terms_of
from tests.spl.expressions import compile_expression, truth
from tests.spl.parser import parse
from tests.spl.refusal import Refused
from tests.spl.scope import Expression
from tests.spl.search import Search, time_of
from tests.spl.spans import seconds_of
from tests.spl.values import Row, text

_LIMIT: Final = 10_000
_OPTIONS: Final = ("time_window", "window", "global", "current", "reset_on_change")


@dataclass
class _Stream:
    """The command while rows pass through it."""

    aggregations: Sequence[Aggregation]
    by: list[str]
    seconds: int | None
    window: int
    one_window: bool
    current: bool
    search: Search
    passed: list[tuple[str, ...]] = field(default_factory=list)
    """The group of each row so far,"""
    groups: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)
    """and the rows of each group that may still be looked at, as they came in."""

    def take(self, row: Row, key: tuple[str, ...]) -> None:
        """Give a row its statistics, and remember it as it was before."""
        before, itself = self.groups.setdefault(key, []), dict(row)
        if self.seconds is not None:
            moment = time_of(row)
            before[:] = [old for old in before if self._near(abs(moment - time_of(old)))]
        looked_at = [*before, itself] if self.current else list(before)
        if self.window:
            looked_at = looked_at[-self._rows(key) :] if self._rows(key) else []
        if len(looked_at) > _LIMIT:
            raise Refused("streamstats over more rows than max_stream_window allows")
        for one in self.aggregations:
            assign(row, one.output, one.over(looked_at, self.search))
        before.append(itself)
        self.passed.append(key)

    def _rows(self, key: tuple[str, ...]) -> int:
        """How many rows of a group the window holds: of the last ones of all groups, or its own."""
        if not self.one_window:
            return self.window
        seen = [*self.passed, key] if self.current else self.passed
        return seen[-self.window :].count(key)

    def _near(self, distance: float) -> bool:
        assert self.seconds is not None
        if self.search.reading.window_holds_edge:
            return distance <= self.seconds
        return distance < self.seconds

    def reset(self) -> None:
        """Forget all rows, of every group."""
        self.passed.clear()
        self.groups.clear()


def streamstats(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """Add running statistics to each row."""
    options = options_of("streamstats", arguments, *_OPTIONS)
    aggregations, by = terms_of("streamstats", arguments)
    span = options.get("time_window")
    stream = _Stream(
        aggregations,
        by,
        seconds_of(span) if span else None,
        int(options.get("window", "0")),
        flag(options, "global", default=True),
        flag(options, "current", default=True),
        search,
    )
    if span:
        _check_order(rows)
    elif len(rows) > _LIMIT:
        raise Refused("streamstats over more rows than max_stream_window allows")
    before, after = (_holds(_reset(arguments, when), search) for when in ("before", "after"))
    on_change = flag(options, "reset_on_change", default=False)
    last: tuple[str, ...] | None = None
    for row in rows:
        values = group_of(row, by)
        if values is None:
            continue
        key = tuple(map(text, values))
        if before(row) or (on_change and last is not None and key != last):
            stream.reset()
        stream.take(row, key)
        if after(row):
            stream.reset()
        last = key
    return rows


def _check_order(rows: list[Row]) -> None:
    times = [time_of(row) for row in rows]
    if times != sorted(times) and times != sorted(times, reverse=True):
        raise Refused("streamstats time_window over rows that are not in order of time")


@cache
def _reset(arguments: str, when: str) -> Expression | None:
    """The condition of ``reset_before`` or ``reset_after``."""
    for reset in parse("streamstats", arguments).find_data("reset"):
        if str(reset.children[0]) == f"reset_{when}":
            return compile_expression(reset.children[1])
    return None


def _holds(condition: Expression | None, search: Search) -> Callable[[Row], bool]:
    if condition is None:
        return lambda row: False
    return lambda row: truth(condition(search.scope(row))) is True
