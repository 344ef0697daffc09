"""A search while it runs, and what it may look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.spl.lookups import Lookups
from tests.spl.macros import expand
from tests.spl.pipeline import leading, stages
from tests.spl.reading import Reading
from tests.spl.refusal import Refused
from tests.spl.schedule import Range
from tests.spl.scope import Scope
from tests.spl.values import Row, number, several


class Event(Row):
    """An event of an index; ``origin`` is the identity of the row that it was indexed from."""

    origin: int


Kept = dict[tuple[str, Reading, int], Row | None]
"""Search text, reading and origin of an event → what is left of it; rows must live as long."""


@dataclass(frozen=True)
class Search:
    """One run of one search.

    Attributes:
        events: everything indexed, with ``_time``, ``index`` and ``sourcetype``.
        reading: how the documentation is read.
        now: when it was started, in seconds since 1970.
        range: which events are found.
        lookups: lookup tables; the search may change them.
        macros: stanzas of ``macros.conf``.
        kept: what commands that look at one event alone made of it, for the next run that finds it.
    """

    events: Sequence[Row]
    reading: Reading
    now: float
    range: Range = field(default_factory=Range)
    lookups: Lookups = field(default_factory=Lookups)
    macros: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kept: Kept | None = None
    tables_read: set[str] = field(default_factory=set)
    """Lookup tables that the search has looked at so far."""

    def run(self, text: str) -> list[Row]:
        """Run a search.

        Raises:
            Refused: it holds something that the evaluator does not know.
        """
        return self.run_expanded(expand(text, self.macros))

    def run_expanded(self, text: str) -> list[Row]:
        """Run a search, or a subsearch, whose macros are written out."""
        # Commands import this module for what they get; here they are only called.
        from tests.spl.commands import COMMANDS, GENERATING

        rows: list[Row] = []
        done = leading(text) if self.kept is not None else 0
        if done:
            rows = self._prepared(text, done)
        for position, stage in enumerate(stages(text)):
            if position < done:
                continue
            if stage.command not in COMMANDS:
                raise Refused(f"unknown command {stage.command!r}")
            if position == 0:
                if stage.command not in GENERATING:
                    raise Refused(f"{stage.command} cannot begin a search")
                rows = self.found() if stage.command == "search" else []
            rows = COMMANDS[stage.command](stage.arguments, rows, self)
        return rows

    def _prepared(self, text: str, count: int) -> list[Row]:
        """Run the first commands event by event, or remember what they gave."""
        rows: list[Row] = []
        for event in self._chosen():
            row = self._made_of(event, text, count)
            if row is not None:
                rows.append(row)
        return rows

    def _made_of(self, event: Row, text: str, count: int) -> Row | None:
        assert self.kept is not None and isinstance(event, Event)
        key = text, self.reading, event.origin
        if key not in self.kept:
            from tests.spl.commands import COMMANDS

            left = [dict(event)]
            for stage in stages(text)[:count]:
                left = COMMANDS[stage.command](stage.arguments, left, self)
            self.kept[key] = left[0] if left else None
        row = self.kept[key]
        return row and {**row, "_indextime": event["_indextime"]}

    def found(self) -> list[Row]:
        """Copies of the events of the time range, newest first."""
        return [dict(event) for event in self._chosen()]

    def _chosen(self) -> list[Row]:
        chosen = [e for e in self.events if self.range.holds(time_of(e), indexed_at(e))]
        return newest_first(chosen, self.reading)

    def scope(self, row: Row) -> Scope:
        """What an expression may look at for one row."""
        return Scope(row, self.reading, self.now)


Command = Callable[[str, list[Row], Search], list[Row]]
"""Arguments, rows and the search → rows."""


def time_of(row: Row) -> float:
    """``_time`` of a row.

    Raises:
        Refused: it has none.
    """
    return _moment(row, "_time")


def indexed_at(row: Row) -> float:
    """``_indextime`` of an event; where a test gives none it is the event's time."""
    return _moment(row, "_indextime" if "_indextime" in row else "_time")


def _moment(row: Row, field: str) -> float:
    values = several(row.get(field))
    moment = number(values[0]) if values else None
    if moment is None:
        raise Refused(f"a row has no {field}")
    return moment


def newest_first(rows: list[Row], reading: Reading) -> list[Row]:
    """Rows as a search finds them in an index."""
    ordered = rows[::-1] if reading.ties_reversed else rows
    return sorted(ordered, key=time_of, reverse=True)
