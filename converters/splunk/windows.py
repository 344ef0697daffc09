"""Counts, distinct counts and sequences in sliding windows that include both edges.

None of them uses ``streamstats time_window``, whose documentation does not say whether two events that
are exactly the span apart share a window, and which looks at no more than ``max_stream_window`` events
(10,000). Windows are made of counted events and of times that are compared, which is exact.

Every window that is reported holds an event that was indexed since the last run (`rekey_new`): so a
window is reported when its last piece arrives, however late, and not by every run that can see it.

Sources:
    streamstats (window, global, current), https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Streamstats
    sort (0: no limit), https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Sort
"""

from itertools import combinations
from typing import Final

from rekey.converters.rule import Correlation, Kind, Rule
from rekey.converters.splunk.events import STEP
from rekey.converters.splunk.keys import VALUE, Keys
from rekey.converters.splunk.unsupported import NotInSplunkError

MOST_STEPS: Final = 4
"""Every set of steps is a column; more steps than that are no search that a person can read."""

NEW: Final = "rekey_new"
"""Field that holds the time of an event which was indexed since the last run."""
MARKS: Final = ("| addinfo", f"| eval {NEW}=if(_indextime>=`rekey_since`, _time, null())")
"""The commands that make it. They stand where events still have all their fields."""


def window(rule: Rule) -> list[str]:
    """Write the commands that turn keyed and marked events into windows that fire.

    They leave ``_time`` (the end of the window), ``rekey_start``, ``rekey_count`` and the keys.

    Raises:
        NotInSplunkError: more steps, or another comparison, than SPL can reasonably count.
    """
    correlation, keys = rule.correlation, Keys(rule)
    if correlation is None:
        raise NotInSplunkError("it has no correlation")
    match rule.kind:
        case Kind.EVENT_COUNT:
            return _event_count(correlation, keys)
        case Kind.VALUE_COUNT:
            return _value_count(correlation, keys)
        case Kind.TEMPORAL:
            return _unordered(correlation, keys, len(rule.bases))
        case Kind.TEMPORAL_ORDERED:
            return _ordered(correlation, keys, len(rule.bases))
    raise NotInSplunkError(f"a rule of the kind {rule.kind} has no window")


def _least(correlation: Correlation) -> int:
    """The count from which on a rule fires."""
    if correlation.operator not in ("gte", "gt"):
        raise NotInSplunkError(
            "only counts from a threshold upwards are told by an event that arrives"
        )
    return correlation.count + (correlation.operator == "gt")


def _event_count(correlation: Correlation, keys: Keys) -> list[str]:
    """The n-th event back is no older than the span."""
    least = _least(correlation)
    return [
        "| sort 0 _time",
        (
            f"| streamstats global=false window={least} count as rekey_count min(_time) as rekey_start"
            f" max({NEW}) as rekey_newest by {keys.by}"
        ),
        (
            f"| where rekey_count={least} AND _time-rekey_start<={correlation.timespan}"
            " AND isnotnull(rekey_newest)"
        ),
    ]


def _value_count(correlation: Correlation, keys: Keys) -> list[str]:
    """Each value is there from an event on until the span after; count how many are there at once.

    An event whose value was not there already begins such a stretch (edge 1, one more), and one that
    no further event of the value follows within the span ends it (edge 3, one less, after everything
    else that happens at that moment). Edge 2 is the event itself, where the count is read.
    """
    least, span = _least(correlation), correlation.timespan
    same = f"{keys.by} {VALUE}"
    return [
        "| sort 0 _time",
        f"| streamstats current=false global=false window=1 max(_time) as rekey_before by {same}",
        "| sort 0 - _time",
        f"| streamstats current=false global=false window=1 min(_time) as rekey_after by {same}",
        (
            f'| eval rekey_begins=if(coalesce(_time-rekey_before, {span}+1)>{span}, ",1", ""),'
            f' rekey_ends=if(coalesce(rekey_after-_time, {span}+1)>{span}, ",3", ""),'
            ' rekey_edge=split("2" . rekey_begins . rekey_ends, ",")'
        ),
        "| mvexpand rekey_edge",
        (
            f"| eval rekey_at=if(rekey_edge=3, _time+{span}, _time),"
            " rekey_change=case(rekey_edge=1, 1, rekey_edge=3, -1, true(), 0)"
        ),
        "| sort 0 rekey_at rekey_edge",
        f"| streamstats sum(rekey_change) as rekey_count max({NEW}) as rekey_newest by {keys.by}",
        f"| where rekey_edge=2 AND rekey_count>={least} AND _time-rekey_newest<={span}",
        f"| eval rekey_start=_time-{span}",
    ]


def _unordered(correlation: Correlation, keys: Keys, steps: int) -> list[str]:
    """All base rules within the window, by different events.

    By Hall's theorem there is a different event for each step if every set of n steps is matched by n
    events or more: so the n-th latest event of each set must be no older than the span. That is the
    latest one before the latest one, and so on: one pass for each size.
    """
    lines = ["| sort 0 _time"]
    last: list[str] = []
    for chosen in _sets(range(_few(steps))):
        name = f"rekey_last_{_label(chosen)}"
        for nth in range(1, len(chosen) + 1):
            found = "_time" if nth == 1 else f"{name}_{nth - 1}_before"
            lines += [
                f"| eval {name}_{nth}_here=if({_any(chosen)}, {found}, null())",
                f"| streamstats max({name}_{nth}_here) as {name}_{nth} by {keys.by}",
            ]
            if nth < len(chosen):
                lines.append(
                    f"| streamstats current=false max({name}_{nth}_here) as {name}_{nth}_before"
                    f" by {keys.by}"
                )
        last.append(f"{name}_{len(chosen)}")
    inside = " AND ".join(f"_time-{name}<={correlation.timespan}" for name in last)
    return [
        *lines,
        f"| streamstats max({NEW}) as rekey_newest by {keys.by}",
        f"| where {inside} AND _time-rekey_newest<={correlation.timespan}",
        f"| eval rekey_start=min({', '.join(last)}), rekey_count={steps}",
    ]


def _ordered(correlation: Correlation, keys: Keys, steps: int) -> list[str]:
    """Base rules one after the other, by different events.

    Equal times count as in order, since many logs know only seconds: events of one time are taken
    together. Step j is reached at a time if steps i to j can all be filled there (as above) and step
    i - 1 was reached before. ``rekey_reach_<j>`` is the latest start of a sequence that reaches step j
    at this time, -1 for none, and ``rekey_was_<j>`` the same at an earlier time.
    """
    counts = " ".join(
        f"sum(eval(if({_any(chosen)}, 1, 0))) as rekey_n_{_label(chosen)}"
        for chosen in _sets(range(_few(steps)))
    )
    lines = [
        f"| stats {counts} max({NEW}) as {NEW} {_kept(keys)} by {keys.by} _time",
        "| sort 0 _time",
    ]
    for j in range(steps):
        ways = ", ".join(_filled(i, j) for i in range(j + 1))
        reach = f"max({ways})" if j else ways
        lines += [
            f"| eval rekey_reach_{j}={reach}",
            f"| streamstats current=false max(rekey_reach_{j}) as rekey_was_{j} by {keys.by}",
            f"| eval rekey_was_{j}=coalesce(rekey_was_{j}, -1)",
        ]
    last = f"rekey_reach_{steps - 1}"
    span = correlation.timespan
    return [
        *lines,
        f"| streamstats max({NEW}) as rekey_newest by {keys.by}",
        f"| where {last}>=0 AND _time-{last}<={span} AND rekey_newest>={last}",
        f"| eval rekey_start={last}, rekey_count={steps}",
    ]


def _kept(keys: Keys) -> str:
    return " ".join(f"values(rekey_{entity}) as rekey_{entity}" for entity in keys.entities)


def _filled(i: int, j: int) -> str:
    """The start of a sequence that was at step i - 1 before and fills steps i to j at this time."""
    enough = (f"rekey_n_{_label(chosen)}>={len(chosen)}" for chosen in _sets(range(i, j + 1)))
    start = f"rekey_was_{i - 1}" if i else "_time"
    return f"if({' AND '.join(enough)}, {start}, -1)"


def _few(steps: int) -> int:
    if steps > MOST_STEPS:
        raise NotInSplunkError(f"it has {steps} steps, and a search is kept to {MOST_STEPS}")
    return steps


def _sets(steps: range) -> list[tuple[int, ...]]:
    """Every set of steps but the empty one."""
    return [chosen for n in range(len(steps)) for chosen in combinations(steps, n + 1)]


def _any(chosen: tuple[int, ...]) -> str:
    return " OR ".join(f"{STEP}{step}=1" for step in chosen)


def _label(chosen: tuple[int, ...]) -> str:
    return "".join(str(step) for step in chosen)
