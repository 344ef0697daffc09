"""ES|QL rules: each row of the answer is an alert.

https://www.elastic.co/docs/solutions/security/detect-and-alert/esql. The time range of the run
comes as a filter on the documents, before the query sees them. ``NOW()`` is the moment of the run:
since fixtures lie at fixed dates, it is written into the query as that moment.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import NotExecuted, Rule
from tests.elastic.kibana.schedule import Run, Schedule
from tests.elastic.kibana.search import between

_INTERVALS: Final = 2
"""Runs that are tried after an event: later ones see the same documents, but older."""

_FIRST, _LAST = 3, 10
"""Events after which runs are tried, where a fixture holds many: habits repeat themselves."""

_NEVER: Final = re.compile(r"\b(CHANGE_POINT|CATEGORIZE)\b", re.IGNORECASE)
"""The test server's node ends on these."""

_PIECES: Final = re.compile(
    r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|\bNOW\s*\(\s*\)', re.IGNORECASE
)


def alerts(rule: Rule, schedule: Schedule, place: Place) -> list[datetime]:
    """Give the runs that find a row."""
    times = _chosen(place.times(rule))
    within = schedule.interval * _INTERVALS
    return [run.end for run in schedule.runs_after(times, within) if _rows(rule, run, place)]


def _chosen(times: Sequence[datetime]) -> Sequence[datetime]:
    few = len(times) <= _FIRST + _LAST
    return times if few else [*times[:_FIRST], *times[-_LAST:]]


def _rows(rule: Rule, run: Run, place: Place) -> bool:
    answer = place.client.esql.query(
        query=f"{at(rule.query, run.end)} | LIMIT 1",
        filter=place.only(between(rule, run.start, run.end)),
    )
    return bool(answer["values"])


def at(query: str, moment: datetime) -> str:
    """Write the moment of a run in place of ``NOW()``, but not inside strings and quoted names.

    Raises:
        NotExecuted: the query uses a command that ends the test server.
    """
    if _NEVER.search(query):
        raise NotExecuted("the query uses a command that the test server does not survive")
    now = f'TO_DATETIME("{moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}")'
    return _PIECES.sub(lambda found: found[0] if found[0][0] in '"`' else now, query)
