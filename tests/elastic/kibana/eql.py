"""EQL rules: each event or sequence that the query finds is an alert.

https://www.elastic.co/docs/solutions/security/detect-and-alert/eql. The test server has no EQL, so
that the documents of a run's window are read from it and given to the ``eql`` package, which parses
as Elastic's own tooling does. It executes plain events and plain sequences rightly; pipes,
``sample``, ``![…]`` and ``with runs`` are refused. It also compares texts without regard to case,
which Elasticsearch does not with ``==``: a text may be compared with ``:`` and ``in~`` alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import eql

from tests.elastic.kibana import arrival
from tests.elastic.kibana.arrival import LATENESS, Lateness
from tests.elastic.kibana.eql_engine import AnyValue, event
from tests.elastic.kibana.place import Place, Seen
from tests.elastic.kibana.rule import NotExecuted, Rule
from tests.elastic.kibana.schedule import Members, Schedule
from tests.elastic.kibana.search import condition

_TICK: Final = 10_000_000
"""The package counts time in 100 ns."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_MOST: Final = 10_000

Event = tuple[datetime, Mapping[str, Any]]
"""Time, and values by dotted name."""

_TEXT: Final = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"')
_SENSITIVE_IN: Final = re.compile(r'\bin\s*\(\s*"', re.IGNORECASE)


class Eql:
    """An EQL rule."""

    def __init__(self, rule: Rule, place: Place) -> None:
        self._query = parse(rule.query)
        self._events = _events(rule, self._query, place)
        self._known: dict[Members, bool] = {}

    def alerts(
        self, schedule: Schedule, lateness: Lateness | None, *, sparing: bool = False
    ) -> Iterator[datetime]:
        """Give the runs that find an event or a sequence."""
        for members, run in schedule.windows(_seen(self._events, lateness)).items():
            if members not in self._known:
                now = [self._events[number] for number in members[0]]
                self._known[members] = find(self._query, now)
            if self._known[members]:
                yield run.end


@cache
def parse(query: str) -> eql.ast.PipedQuery:
    """Parse a query in Elasticsearch's dialect.

    Raises:
        NotExecuted: it uses what the package does not execute as Elasticsearch does.
        eql.EqlError: it is not EQL.
    """
    with (
        eql.parser.elasticsearch_syntax,
        eql.parser.elasticsearch_validate_optional_fields,
        eql.parser.ignore_missing_fields,
    ):
        parsed = eql.parse_query(query)
    if parsed.pipes:
        raise NotExecuted("pipes are not executed here")
    for node in parsed:
        if isinstance(node, eql.ast.Sample):
            raise NotExecuted("sample is not executed here")
        if isinstance(node, eql.ast.Comparison) and _has_case(node.right):
            raise NotExecuted("a text is compared with ==, which minds case: use : instead")
    if _SENSITIVE_IN.search(_TEXT.sub('""', query)):
        raise NotExecuted("texts are compared with in, which minds case: use in~ instead")
    _keyed(parsed)
    return parsed


def _has_case(node: Any) -> bool:
    return isinstance(node, eql.ast.String) and node.value.lower() != node.value.upper()


def find(query: eql.ast.PipedQuery, events: Sequence[Event]) -> bool:
    """Say whether a query finds anything in events that are in order of time.

    Args:
        query: the query.
        events: time, and values by dotted name, several in a list.
    """
    engine = AnyValue()
    found: list[Any] = []
    with engine:
        engine.add_query(query)
    engine.add_output_hook(found.append)
    stream = []
    for time, data in events:
        single = {name: _single(value) for name, value in data.items()}
        stream.append(event(int((time - _EPOCH).total_seconds() * _TICK), single))
    engine.stream_events(stream, finalize=True)
    return bool(found)


def _keyed(query: eql.ast.PipedQuery) -> None:
    """Leave events without a key out of sequences, as Elasticsearch does and the package does not.

    https://www.elastic.co/guide/en/elasticsearch/reference/8.19/eql-syntax.html#eql-by-keyword
    """
    for node in query:
        if isinstance(node, eql.ast.SubqueryBy):
            known = [eql.ast.IsNotNull(field) for field in node.join_values]
            node.query.query = eql.ast.And([node.query.query, *known])


def fields(query: eql.ast.PipedQuery) -> set[str]:
    """Give the fields that a query names."""
    return {".".join(map(str, n.full_path)) for n in query if isinstance(n, eql.ast.Field)}


def _events(rule: Rule, query: eql.ast.PipedQuery, place: Place) -> list[Event]:
    """Read all documents of a fixture in the order of the query's clock, as they are indexed.

    A rule's filters narrow the events (``buildEqlSearchRequest``, elastic/kibana).

    Raises:
        NotExecuted: runs and sequences go by different clocks.
    """
    clock = rule.timestamp_field or "@timestamp"
    if (rule.timestamp_override or "@timestamp") != clock:
        raise NotExecuted("the clock of runs is not the clock of sequences")
    times = [clock, *(f"{arrival.FIELD}.{each}" for each in LATENESS)]
    answer = place.client.search(
        index=place.index,
        query=place.only({"exists": {"field": clock}}, condition(rule, text=False)),
        size=_MOST,
        sort=[clock, "_doc"],
        source=False,
        # Not the source: what stands there as true is indexed in a keyword as the text "true".
        fields=[{"field": name, "format": "strict_date_time"} for name in times]
        + [{"field": name} for name in sorted(fields(query) - {clock})],
    )
    return [
        (datetime.fromisoformat(hit["fields"][clock][0]), hit["fields"])
        for hit in answer["hits"]["hits"]
    ]


def _seen(events: Sequence[Event], lateness: Lateness | None) -> list[Seen]:
    return [
        Seen(time, datetime.fromisoformat(data[f"{arrival.FIELD}.{lateness}"][0]))
        if lateness
        else Seen(time, time)
        for time, data in events
    ]


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
