"""One rule → its searches: what detects, and for rules that learn what learns, seeds and prunes."""

from dataclasses import dataclass
from enum import StrEnum

from rekey.converters.rule import Kind, Rule
from rekey.converters.splunk import baseline
from rekey.converters.splunk.condition import fields as condition_fields
from rekey.converters.splunk.events import matching, source_of
from rekey.converters.splunk.keys import VALUE, Keys, entity_eval, entity_fields
from rekey.converters.splunk.pipeline import splunk_name
from rekey.converters.splunk.quoting import argument, slug
from rekey.converters.splunk.windows import window

FLAGGED = (Kind.TEMPORAL, Kind.TEMPORAL_ORDERED)
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
    if rule.kind is Kind.SINGLE:
        lines = [*_events(rule, excluded, filtered), entity_eval(rule), *_named(rule), _table(rule)]
        return (Search(rule, Role.DETECT, tuple(lines)),)
    if rule.kind in LEARNING:
        return _learning(rule, excluded, filtered)
    keys = Keys(rule)
    lines = [*_events(rule, excluded, filtered), *keys.commands(), entity_eval(rule), *window(rule)]
    lines += [_folded(rule), *_named(rule), _outcome(rule)]
    span = rule.correlation.timespan if rule.correlation else 0
    return (Search(rule, Role.DETECT, tuple(lines), span),)


def names(rule: Rule) -> set[str]:
    """All names that the searches of a rule read."""
    found = {name for base in rule.bases for name in condition_fields(base.condition)}
    return found | Keys(rule).needed | set(entity_fields(rule).values())


def _events(rule: Rule, excluded: frozenset[str], filtered: bool) -> list[str]:
    wanted = Keys(rule).needed | set(entity_fields(rule).values()) | excluded
    flags = rule.kind in FLAGGED or Keys(rule).has_aliases
    macros = (exclusions_macro(rule), filter_macro(rule)) if filtered else ()
    ordered = rule.kind is not Kind.SINGLE
    found = matching(rule.bases, wanted, flags=flags, ordered=ordered)
    return [*found, *(f"| `{macro}`" for macro in macros)]


def _learning(rule: Rule, excluded: frozenset[str], filtered: bool) -> tuple[Search, ...]:
    events = [*_events(rule, excluded, filtered), *Keys(rule).commands(), entity_eval(rule)]
    events += baseline.sightings(rule)
    seen = [*events, *baseline.known(rule), *baseline.judged(rule)]
    afresh = [*events, *baseline.unknown(rule), *baseline.judged(rule)]
    alert = [
        "| where rekey_fires=1",
        "| eval _time=rekey_last, rekey_start=rekey_first",
        *_named(rule),
        _outcome(rule),
    ]
    tables = [baseline.identities(rule)]
    if rule.directives.first_seen:
        tables.append(baseline.values(rule))
    made = [
        Search(rule, Role.DETECT, (*seen, *alert)),
        Search(rule, Role.LEARN, (*seen, *baseline.written(rule, afresh=False))),
        Search(rule, Role.SEED, (*afresh, *baseline.written(rule, afresh=True))),
    ]
    made += [Search(rule, Role.PRUNE, tuple(baseline.pruned(table))) for table in tables]
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
    shown = [argument(splunk_name(source, name)) for name in raw]
    return f"| table _time rekey_rule rekey_level {' '.join([*_entities(rule), *shown])}"
