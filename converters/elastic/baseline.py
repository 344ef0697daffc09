"""First seen and dormant as ES|QL in stages: Kibana's ``new_terms`` knows no maturity.

A sighting is one identity with one value on one day, as in the embedded engine; see
docs/rule-standard.md for when it is new. Each stage groups the one before, and what a later stage
needs of a row travels as one text, because ES|QL has no window functions.
"""

from typing import Final

from rekey.converters.elastic.begun import Begun, evals, pipeline, start, stats
from rekey.converters.elastic.compiled import Compiled, Difference
from rekey.converters.elastic.quoting import literal
from rekey.converters.elastic.target import Target
from rekey.converters.rule import FirstSeen, Rule, seconds

_TEMPLATES: Final = (
    (r"(?s)^arn:aws[a-z-]*:secretsmanager:[^:]*:[0-9]*:secret:(.+)-[A-Za-z0-9]{6}$", "$1"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "*"),
    (r"-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$", "-*"),
)
"""What changes by itself and would make every sighting a new one, as in the embedded engine."""


def template(value: str) -> str:
    """Strip what changes by itself from a value."""
    for expression, instead in _TEMPLATES:
        value = f"REPLACE({value}, {literal(expression)}, {literal(instead)})"
    return value


def first_seen(rule: Rule, target: Target) -> Compiled:
    """Compile a rule that reports values which are new to an identity known for long enough.

    Raises:
        Unsupported: something that ES|QL cannot see.
    """
    directive, correlation = rule.directives.first_seen, rule.correlation
    assert directive is not None and correlation is not None  # noqa: S101 - its kind
    begun = start(rule, target, correlation.field, template)
    keys = ", ".join(key.column for key in begun.named[:-1])
    value = begun.named[-1].column
    maturity = seconds(directive.maturity)
    sure = f'(Esql.seen_once == "" OR {_mature("Esql.seen_once", maturity)})'
    query = pipeline(
        *begun.lines,
        *_sightings(begun, f"{keys}, {value}"),
        *_candidates(begun, keys, value, directive),
        f"WHERE Esql.candidate IS NOT NULL AND Esql.events_before >= {directive.min_events}",
        "MV_EXPAND Esql.candidate",
        'DISSECT Esql.candidate "%{Esql.new_time}|%{Esql.seen_once}|%{Esql.new_value}"',
        f"WHERE {_mature('Esql.new_time', maturity)} AND {sure}",
        "DROP Esql.candidate",
    )
    differences = [begun.repeats, Difference("short_memory")]
    return begun.compiled(query, target, differences, ("Esql.new_value",))


def _sightings(begun: Begun, by: str) -> list[str]:
    """Group events by day; of those who took part, gather who did so just now alone."""
    time = begun.time
    columns = {
        "Esql.events": begun.events(),
        "Esql.first_time": f"MIN({time})",
        "Esql.last_time": f"MAX({time})",
    } | begun.gathered(begun.recent(time))
    return [f"EVAL Esql.day = DATE_TRUNC(1 day, {time})", stats(columns, f"{by}, Esql.day")]


def _candidates(begun: Begun, keys: str, value: str, rule: FirstSeen) -> list[str]:
    """Find values seen for the first time on their day just now, and not within the history.

    A candidate is one text: when it was seen now, and before if on one day only, and the value.
    """
    earlier = f"WHERE Esql.first_time < {begun.slice}"
    known = {
        "Esql.seen_now": f"MIN(Esql.first_time) WHERE Esql.first_time >= {begun.slice}",
        "Esql.known_first": f"MAX(Esql.first_time) {earlier}",
        "Esql.known_last": f"MAX(Esql.last_time) {earlier}",
        "Esql.known_days": f"COUNT(*) {earlier}",
        "Esql.born": "MIN(Esql.first_time)",
        "Esql.before": "SUM(Esql.events) WHERE Esql.day < DATE_TRUNC(1 day, NOW())",
    } | begun.gathered()
    age = 'DATE_DIFF("seconds", Esql.known_last, Esql.seen_now)'
    unknown = f'CONCAT(TO_STRING(Esql.seen_now), "||", {value})'
    once = f'CONCAT(TO_STRING(Esql.seen_now), "|", TO_STRING(Esql.known_first), "|", {value})'
    ordinary = ", ".join(map(literal, rule.ordinary))
    cases = (
        "Esql.seen_now IS NULL, null",
        *([f"{value} IN ({ordinary}), null"] if ordinary else []),
        f"Esql.forgotten, {unknown}",
        f"Esql.known_days == 1, {once}",
    )
    identity = {
        "Esql.born": "MIN(Esql.born)",
        "Esql.events_before": "SUM(Esql.before)",
        "Esql.candidate": "VALUES(Esql.candidate)",
    } | begun.gathered()
    return [
        stats(known, f"{keys}, {value}"),
        f"EVAL Esql.forgotten = Esql.known_last IS NULL OR {age} > {seconds(rule.history)}",
        evals({"Esql.candidate": f"CASE({', '.join(cases)}, null)"}),
        stats(identity, keys),
    ]


def _mature(moment: str, maturity: int) -> str:
    return f'DATE_DIFF("seconds", Esql.born, TO_DATETIME({moment})) >= {maturity}'


def dormant(rule: Rule, target: Target) -> Compiled:
    """Compile a rule that reports an identity which acts again after a silence out of character.

    Raises:
        Unsupported: something that ES|QL cannot see.
    """
    directive = rule.directives.dormant
    assert directive is not None  # noqa: S101 - its kind
    begun = start(rule, target, None)
    keys = ", ".join(key.column for key in begun.named)
    days = {
        "Esql.woke": f"MIN(Esql.first_time) WHERE Esql.first_time >= {begun.slice}",
        "Esql.slept": f"MAX(Esql.last_time) WHERE Esql.first_time < {begun.slice}",
        "Esql.first_times": "VALUES(Esql.first_time)",
        "Esql.last_times": "VALUES(Esql.last_time)",
    } | begun.gathered()
    query = pipeline(
        *begun.lines,
        *_sightings(begun, keys),
        stats(days, keys),
        'EVAL Esql.silence = DATE_DIFF("seconds", Esql.slept, Esql.woke)',
        f"WHERE Esql.silence > {seconds(directive.gap)}",
        *_longest_silence(begun, keys),
        f"WHERE Esql.silence > {directive.factor} * COALESCE(Esql.longest, 0)",
    )
    differences = {begun.repeats, Difference("short_memory")} | target.delivered_twice(rule)
    return begun.compiled(query, target, differences, ("Esql.slept", "Esql.woke"))


def _longest_silence(begun: Begun, keys: str) -> list[str]:
    """Pair each day's last moment with the next day's first, leaving out the silence just ended."""
    days = "MV_COUNT(Esql.first_times)"
    firsts, lasts = (f"MV_SORT(TO_STRING(Esql.{each}_times))" for each in ("first", "last"))
    pairs = {
        "Esql.ended": f"MV_SLICE({firsts}, 1, CASE({days} > 2, {days} - 2, 1))",
        "Esql.began": f"MV_SLICE({lasts}, 0, CASE({days} > 2, {days} - 3, 0))",
    }
    length = 'DATE_DIFF("seconds", TO_DATETIME(Esql.silent_from), TO_DATETIME(Esql.silent_to))'
    return [
        evals(pairs),
        f'EVAL Esql.pair = CASE({days} > 2, MV_ZIP(Esql.began, Esql.ended, "|"), null)',
        "MV_EXPAND Esql.pair",
        'DISSECT Esql.pair "%{Esql.silent_from}|%{Esql.silent_to}"',
        stats(
            {"Esql.longest": f"MAX({length})"} | begun.gathered(),
            f"{keys}, Esql.slept, Esql.woke, Esql.silence",
        ),
    ]
