"""One rule → its searches: what detects, and for rules that learn what learns, seeds and prunes."""

from dataclasses import dataclass
from enum import StrEnum

from rekey.converters.rule import Kind, Rule
from rekey.converters.splunk import baseline, learning
from rekey.converters.splunk.condition import fields as condition_fields
from rekey.converters.splunk.events import matching, narrowed, once, source_of
from rekey.converters.splunk.fields import Fields
from rekey.converters.splunk.keys import (
    SAME,
    VALUE,
    Keys,
    entity_eval,
    entity_fields,
    same_eval,
)
from rekey.converters.splunk.quoting import argument, slug
from rekey.converters.splunk.windows import MARKS, NEW, window

LEARNING = (Kind.FIRST_SEEN, Kind.DORMANT)


class Role(StrEnum):
    """What a search is for."""

    DETECT = "detect"
    LEARN = "learn"
    SEED = "seed"
    PRUNE = "prune"


@dataclass(frozen=True)
class Search:
    """One saved search.

    Attributes:
        rule: the rule that it belongs to.
        role: what it does.
        lines: the commands, in order.
        span: seconds before an event that its window reaches back.
    """

    rule: Rule
    role: Role
    lines: tuple[str, ...]
    span: int = 0

    @property
    def spl(self) -> str:
        """The search, one command on each line."""
        return "\n".join(self.lines)


def filter_macro(rule: Rule) -> str:
    """Name the macro in which a site filters events of one rule."""
    return f"rekey_{slug(rule.path)}_filter"


def exclusions_macro(rule: Rule) -> str:
    """Name the macro with the exclusions of the site file."""
    return f"rekey_{slug(rule.path)}_exclusions"


def searches(
    rule: Rule, excluded: frozenset[str] = frozenset(), *, filtered: bool = True
) -> tuple[Search, ...]:
    """Compile a rule.

    Args:
        rule: the rule.
        excluded: names that the site's exclusions of this rule look at.
        filtered: the app holds the macros with the site's exclusions and filters of this rule.

    Raises:
        NotInSplunkError: SPL cannot say it; the message is the reason.
    """
    matched = _matched(rule, excluded, filtered)
    if rule.kind is Kind.SINGLE:
        once_each = once(source_of(rule.bases))
        said = [entity_eval(rule), same_eval(rule), *_named(rule), _table(rule)]
        lines = [*matched, once_each, *said]
        return (Search(rule, Role.DETECT, tuple(lines)),)
    if rule.kind in LEARNING:
        return _learning(rule, _keyed(rule, matched, baseline.MARKS, baseline.INDEXED))
    lines = [*_keyed(rule, matched, MARKS, NEW), *window(rule)]
    lines += [_folded(rule), *_named(rule), _outcome(rule)]
    span = rule.correlation.timespan if rule.correlation else 0
    return (Search(rule, Role.DETECT, tuple(lines), span),)


def names(rule: Rule) -> set[str]:
    """All names that the searches of a rule read."""
    found = {name for base in rule.bases for name in condition_fields(base.condition)}
    return found | Keys(rule).needed | set(entity_fields(rule).values())


def _matched(rule: Rule, excluded: frozenset[str], filtered: bool) -> list[str]:
    """Events that a base rule matches and the site does not leave out, copies among them."""
    wanted = Keys(rule).needed | set(entity_fields(rule).values()) | excluded
    macros = (exclusions_macro(rule), filter_macro(rule)) if filtered else ()
    flags = rule.kind is not Kind.SINGLE and Keys(rule).flagged
    return [*matching(rule.bases, wanted, flags=flags), *(f"| `{macro}`" for macro in macros)]


def _keyed(rule: Rule, matched: list[str], marks: tuple[str, ...], mark: str) -> list[str]:
    """Events by their keys, each once, with who stands behind them and what the marks say of them."""
    keys = Keys(rule)
    kept = [*keys.computed, *_entities(rule), mark]
    ready = [*matched, *keys.named(), entity_eval(rule), *marks]
    return [*ready, *narrowed(source_of(rule.bases), kept), *keys.expanded()]


def _learning(rule: Rule, keyed: list[str]) -> tuple[Search, ...]:
    events = [*keyed, *baseline.sightings(rule)]
    seen = [*events, *baseline.known(rule), *baseline.judged(rule)]
    afresh = [*events, *baseline.unknown(rule), *baseline.judged(rule)]
    alert = [
        "| where rekey_fires=1",
        "| eval _time=rekey_last, rekey_start=rekey_began",
        *_named(rule),
        _outcome(rule),
    ]
    made = [
        Search(rule, Role.DETECT, (*seen, *alert)),
        Search(rule, Role.LEARN, (*seen, *learning.written(rule, afresh=False))),
        Search(rule, Role.SEED, (*afresh, *learning.written(rule, afresh=True))),
    ]
    made += [
        Search(rule, Role.PRUNE, tuple(learning.pruned(table))) for table in baseline.tables(rule)
    ]
    return tuple(made)


def _named(rule: Rule) -> list[str]:
    return [f'| eval rekey_rule="{rule.path}", rekey_level="{rule.level}"']


def _folded(rule: Rule) -> str:
    """One row for each group: all its windows of this run."""
    keys = Keys(rule)
    kept = " ".join(f"values(rekey_{entity}) as rekey_{entity}" for entity in keys.entities)
    values = f" values({VALUE}) as {VALUE}" if rule.kind is Kind.VALUE_COUNT else ""
    return (
        "| stats max(_time) as _time min(rekey_start) as rekey_start max(rekey_count) as rekey_count"
        f" {kept}{values} by {keys.by}"
    )


def _entities(rule: Rule) -> list[str]:
    return [f"rekey_{entity}" for entity in entity_fields(rule)]


def _outcome(rule: Rule) -> str:
    shown = ["_time", "rekey_rule", "rekey_level", *_entities(rule), *Keys(rule).names]
    if rule.correlation and rule.correlation.field:
        shown.append(VALUE)
    if rule.kind is Kind.DORMANT:
        shown.append("rekey_silence")
    return f"| table {' '.join([*shown, 'rekey_count', 'rekey_start'])}"


def _table(rule: Rule) -> str:
    """The fields that the rule looks at, so that a reader sees why it fired."""
    source = source_of(rule.bases)
    used = [n for base in rule.bases for n in sorted(condition_fields(base.condition))]
    raw = dict.fromkeys([*source.key, *(n for n in used if n in source.fields)])
    shown = [argument(each) for name in raw for each in Fields(source).extracted(name)]
    return f"| table _time rekey_rule rekey_level {' '.join([*_entities(rule), *shown, SAME])}"
