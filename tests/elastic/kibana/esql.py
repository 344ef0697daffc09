"""ES|QL rules: each row of the answer is an alert.

https://www.elastic.co/docs/solutions/security/detect-and-alert/esql. The time range of the run
comes as a filter on the documents, before the query sees them. ``NOW()`` is the moment of the run:
since fixtures lie at fixed dates, it is written into the query as that moment.
"""

import re
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from elasticsearch import ElasticsearchWarning

from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import NotExecuted, Rule
from tests.elastic.kibana.schedule import Run, Schedule
from tests.elastic.kibana.search import between

_EARLY, _LATE = 2, 6
"""Events after which runs are tried where a rule is to stay quiet: the first ones, and the last."""

_NEVER: Final = re.compile(r"\b(CHANGE_POINT|CATEGORIZE)\b", re.IGNORECASE)
"""The test server's node ends on these."""

_PIECES: Final = re.compile(
    r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|\bNOW\s*\(\s*\)', re.IGNORECASE
)


def alerts(rule: Rule, schedule: Schedule, place: Place) -> Iterator[datetime]:
    """Give the runs that find a row, the last ones first.

    Every answer costs a query of its own. So runs are tried within one interval after an event,
    when it is news.
    """
    times = place.times(rule)
    if place.sparing:
        times = _chosen(times)
    for run in reversed([*schedule.runs_after(times, schedule.interval)]):
        if _rows(rule, run, place):
            yield run.end


def _chosen(times: list[datetime]) -> list[datetime]:
    few = len(times) <= _EARLY + _LATE
    return times if few else [*times[:_EARLY], *times[-_LATE:]]


def _rows(rule: Rule, run: Run, place: Place) -> bool:
    with warnings.catch_warnings():
        # Part of how ES|QL computes; several values where one is expected are a fault of the rule.
        warnings.filterwarnings("ignore", "(?!.*multi-value).*", ElasticsearchWarning)
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
