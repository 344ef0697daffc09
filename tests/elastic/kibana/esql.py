"""ES|QL rules: each row of the answer is an alert.

https://www.elastic.co/docs/solutions/security/detect-and-alert/esql. The time range of the run
comes as a filter on the documents, before the query sees them. ``NOW()`` is the moment of the run:
since fixtures lie at fixed dates, it is written into the query as that moment.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from elasticsearch import ElasticsearchWarning

from tests.elastic.kibana.arrival import Lateness
from tests.elastic.kibana.place import Place, Seen
from tests.elastic.kibana.rule import NotExecuted, Rule
from tests.elastic.kibana.schedule import PHASES, Members, Run, Schedule
from tests.elastic.kibana.search import Query, between

_ROWS: Final = 10

_EARLY, _LATE = 1, 3
"""Events after which runs are tried where a rule is to stay quiet: the first, and the last ones. At
another phase the last one alone is."""

_OF_EACH: Final = ("WHERE", "EVAL")
"""Commands that look at each document alone, and leave its id."""

_NEVER: Final = re.compile(r"\b(CHANGE_POINT|CATEGORIZE)\b", re.IGNORECASE)
"""The test server's node ends on these."""

_NOW: Final = r"\bNOW\s*\(\s*\)"
_PIECES: Final = re.compile(
    rf'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|{_NOW}', re.IGNORECASE
)
_AGO: Final = re.compile(rf"{_NOW}\s*-\s*(\d+)\s+(second|minute|hour|day)s?\b", re.IGNORECASE)
_TODAY: Final = re.compile(rf"\bDATE_TRUNC\(\s*1 day,\s*{_NOW}\s*\)", re.IGNORECASE)

Signature = tuple[Members, tuple[int, ...], date | None]
"""All that a query's answer depends on: the documents that it finds, how many of them are older than
each moment that it counts back from now, and which day it is."""


class Esql:
    """An ES|QL rule. Every answer costs a query of its own, unless an equal one is known."""

    def __init__(self, rule: Rule, place: Place) -> None:
        self._rule, self._place = rule, place
        self._clock = _Clock(rule.query)
        self._documents = place.documents(rule, *_passing(rule, place))
        self._known: dict[Signature, bool] = {}
        self.found: list[dict[str, Any]] = []
        """Rows of all answers, some of each."""

    def alerts(
        self, schedule: Schedule, lateness: Lateness | None, *, sparing: bool = False
    ) -> Iterator[datetime]:
        """Give the runs that find a row, the last ones first.

        Runs are tried within one interval after a document came, when it is news.
        """
        documents = self._documents[lateness]
        moments = sorted({each.arrival for each in documents})
        if sparing:
            moments = _chosen(moments) if schedule.phase == PHASES[0] else moments[-1:]
        for run in reversed([*schedule.runs_after(moments, schedule.interval)]):
            signature = self._clock.signature(run, documents)
            if not signature[0][0]:
                continue  # nothing passes that it could find
            if signature not in self._known:
                self._known[signature] = self._finds(run, lateness)
            if self._known[signature]:
                yield run.end

    def _finds(self, run: Run, lateness: Lateness | None) -> bool:
        place = self._place
        with warnings.catch_warnings():
            # Part of how ES|QL computes; several values where one is expected are a fault of the rule.
            warnings.filterwarnings("ignore", "(?!.*multi-value).*", ElasticsearchWarning)
            answer = place.client.esql.query(
                query=f"{at(self._rule.query, run.end)} | LIMIT {_ROWS}",
                filter=place.only(
                    between(self._rule, run.start, run.end), place.here(lateness, run.end)
                ),
            )
        names = [column["name"] for column in answer["columns"]]
        self.found += [dict(zip(names, row, strict=True)) for row in answer["values"]]
        return bool(answer["values"])


def _passing(rule: Rule, place: Place) -> list[Query]:
    """Select the documents that the beginning of a query lets pass, where it looks at each alone.

    The others change no answer, so that runs which differ in them alone need not be asked for each, and
    those without any not at all.
    """
    first, *commands = rule.query.split("\n| ")
    each = [*takewhile(lambda command: command.split(None, 1)[0] in _OF_EACH, commands)]
    if "|" in first or re.search(_NOW, "".join(each), re.IGNORECASE):
        return []  # what is not written line by line is left as it is
    index, _, further = first.partition(" METADATA ")
    metadata = ", ".join(sorted({"_id", *filter(None, re.split(r"[,\s]+", further))}))
    found = place.shelf.passing("\n| ".join([f"{index} METADATA {metadata}", *each]))
    return [] if found is None else [{"terms": {"_id": found}}]


class _Clock:
    """What a query makes of the moment at which it runs.

    Raises:
        NotExecuted: it uses ``NOW()`` otherwise than to count back from it, or to ask for the day.
    """

    def __init__(self, query: str) -> None:
        code = re.sub(r'"(?:\\.|[^"\\])*"', '""', query)
        self._spans = {timedelta(**{f"{unit.lower()}s": int(n)}) for n, unit in _AGO.findall(code)}
        self._asks_day = bool(_TODAY.search(code))
        if re.search(_NOW, _AGO.sub("", _TODAY.sub("", code)), re.IGNORECASE):
            raise NotExecuted("the query uses NOW() in a way that is not known here")

    def signature(self, run: Run, documents: Sequence[Seen]) -> Signature:
        """Say on what the answer of a run depends."""
        members = run.members(documents)
        times = [documents[number].time for number in members[0]]
        older = [sum(time < run.end - span for time in times) for span in sorted(self._spans)]
        return members, tuple(older), run.end.date() if self._asks_day else None


def _chosen(moments: list[datetime]) -> list[datetime]:
    few = len(moments) <= _EARLY + _LATE
    return moments if few else [*moments[:_EARLY], *moments[-_LATE:]]


def at(query: str, moment: datetime) -> str:
    """Write the moment of a run in place of ``NOW()``, but not inside strings and quoted names.

    Raises:
        NotExecuted: the query uses a command that ends the test server.
    """
    if _NEVER.search(query):
        raise NotExecuted("the query uses a command that the test server does not survive")
    now = f'TO_DATETIME("{moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}")'
    return _PIECES.sub(lambda found: found[0] if found[0][0] in '"`' else now, query)
