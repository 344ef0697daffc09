"""Hits → firings: counts, distinct counts and sequences in sliding windows with inclusive edges.

Every query here reads the table ``hits`` (see :mod:`rekey.converters.duckdb.hits`) and yields
firings: ``part``, the keys, ``value``, ``start`` and ``stop`` of the window that fired, and
``reached``, the number that it reached.
"""

from itertools import combinations

from rekey.converters.rule import Correlation, Kind, Rule

_COMPARE = {"gte": ">=", "gt": ">", "eq": "=", "lte": "<=", "lt": "<", "neq": "<>"}


def firings(rule: Rule, keys: tuple[str, ...]) -> str:
    """Compile the firing query of a rule that counts, or asks for a sequence."""
    correlation = rule.correlation
    if correlation is None:
        raise ValueError("of a rule about single events each hit is a firing")
    match rule.kind:
        case Kind.EVENT_COUNT:
            # An event that several base rules match is one event.
            once = f"(SELECT DISTINCT part, {', '.join(keys)}, source, seq, time FROM hits)"
            return _count(correlation, keys, "count(*)", once if len(rule.bases) > 1 else "hits")
        case Kind.VALUE_COUNT:
            return _count(correlation, keys, "count(DISTINCT value)")
        case Kind.TEMPORAL:
            return _unordered(correlation, keys, len(rule.bases))
        case Kind.TEMPORAL_ORDERED:
            return _ordered(correlation, keys, len(rule.bases))
    raise ValueError(f"{rule.kind} needs a baseline")


def _span(correlation: Correlation) -> str:
    return f"to_seconds({correlation.timespan})"


def _partition(keys: tuple[str, ...]) -> str:
    return f"PARTITION BY part, {', '.join(keys)} ORDER BY time"


def _count(
    correlation: Correlation, keys: tuple[str, ...], aggregate: str, counted: str = "hits"
) -> str:
    window = f"{_partition(keys)} RANGE BETWEEN {_span(correlation)} PRECEDING AND CURRENT ROW"
    test = f"reached {_COMPARE[correlation.operator]} {correlation.count}"
    return f"""
        SELECT part, {", ".join(keys)}, NULL::VARCHAR AS value,
               time - {_span(correlation)} AS start, time AS stop, reached
        FROM (SELECT *, {aggregate} OVER ({window}) AS reached FROM {counted}) WHERE {test}"""


def _per_event(keys: tuple[str, ...], steps: int) -> str:
    """One row for each event, with a flag for each base rule that it matches."""
    flags = ", ".join(f"bool_or(base = {i}) AS s{i}" for i in range(steps))
    return f"""SELECT part, {", ".join(keys)}, source, seq, any_value(time) AS time, {flags}
               FROM hits GROUP BY part, {", ".join(keys)}, source, seq"""


def _unordered(correlation: Correlation, keys: tuple[str, ...], steps: int) -> str:
    """All base rules within the window, by different events.

    By Hall's theorem there is a different event for each step if every set of n steps is matched by
    n events or more; and the sequence can begin no later than at the n-th latest of them.
    """
    window = f"{_partition(keys)} RANGE BETWEEN {_span(correlation)} PRECEDING AND CURRENT ROW"
    sets = _sets(range(steps))
    latest = ", ".join(
        f"max(CASE WHEN {_any(chosen)} THEN time END, {len(chosen)}) OVER ({window}) AS t{i}"
        for i, chosen in enumerate(sets)
    )
    starts = [f"t{i}[{len(chosen)}]" for i, chosen in enumerate(sets)]
    return f"""
        SELECT part, {", ".join(keys)}, NULL::VARCHAR AS value, least({", ".join(starts)}) AS start,
               time AS stop, {steps} AS reached
        FROM (SELECT *, {latest} FROM ({_per_event(keys, steps)}))
        WHERE {" AND ".join(f"{start} IS NOT NULL" for start in starts)}"""


def _ordered(correlation: Correlation, keys: tuple[str, ...], steps: int) -> str:
    """Base rules one after the other, by different events.

    Equal times count as in order, since many logs know only seconds. So events of one time are taken
    together: step j is reached at a time if steps i to j can all be filled there (as above) and step
    i - 1 was reached before. ``b{j}`` is the latest start of a sequence that reaches step j at this
    time, and ``p{j}`` at an earlier one.
    """
    counts = ", ".join(
        f"count(*) FILTER ({_any(chosen)}) AS n{_label(chosen)}" for chosen in _sets(range(steps))
    )
    sql = f"""SELECT part, {", ".join(keys)}, time, {counts}
              FROM ({_per_event(keys, steps)}) GROUP BY part, {", ".join(keys)}, time"""
    before = f"{_partition(keys)} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    for j in range(steps):
        ways = ", ".join(_filled(i, j) for i in range(j + 1))
        sql = f"""SELECT *, max(b{j}) OVER ({before}) AS p{j}
                  FROM (SELECT *, greatest({ways}) AS b{j} FROM ({sql}))"""
    last = f"b{steps - 1}"
    return f"""
        SELECT part, {", ".join(keys)}, NULL::VARCHAR AS value, {last} AS start, time AS stop,
               {steps} AS reached
        FROM ({sql}) WHERE {last} IS NOT NULL AND time - {last} <= {_span(correlation)}"""


def _filled(i: int, j: int) -> str:
    """The start of a sequence that was at step i - 1 before and fills steps i to j at this time."""
    enough = (f"n{_label(chosen)} >= {len(chosen)}" for chosen in _sets(range(i, j + 1)))
    start = f"p{i - 1}" if i else "time"
    return f"CASE WHEN {' AND '.join(enough)} THEN {start} END"


def _sets(steps: range) -> list[tuple[int, ...]]:
    """Every set of steps but the empty one."""
    return [chosen for n in range(len(steps)) for chosen in combinations(steps, n + 1)]


def _any(chosen: tuple[int, ...]) -> str:
    return " OR ".join(f"s{step}" for step in chosen)


def _label(chosen: tuple[int, ...]) -> str:
    return "_".join(str(step) for step in chosen)
