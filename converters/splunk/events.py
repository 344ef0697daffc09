"""The first half of every search: the events that a base rule matches, each once."""

from collections.abc import Iterable, Sequence

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression
from sigma.types import SigmaString

from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import BaseRule, Condition
from rekey.converters.splunk.condition import arguments, predicate
from rekey.converters.splunk.condition import fields as condition_fields
from rekey.converters.splunk.fields import Fields
from rekey.converters.splunk.pipeline import splunk_name
from rekey.converters.splunk.prefilter import prefilter
from rekey.converters.splunk.quoting import argument, field, literal
from rekey.converters.splunk.text_match import as_match, plain_text
from rekey.converters.splunk.unsupported import NotInSplunkError

STEP = "rekey_step_"
"""Field that says whether an event matches a base rule of a sequence: 1 or 0."""


def source_of(bases: Iterable[BaseRule]) -> LogSourceFields:
    """Give the one source that the base rules read.

    Raises:
        NotInSplunkError: they read several.
    """
    sources = {base.source.name: base.source for base in bases}
    if len(sources) != 1:
        raise NotInSplunkError(f"its base rules read several log sources: {', '.join(sources)}")
    return next(iter(sources.values()))


def matching(
    bases: tuple[BaseRule, ...], names: Iterable[str], *, flags: bool = False
) -> list[str]:
    """Write the search for events that at least one base rule matches; copies are still among them.

    Args:
        bases: base rules over one source.
        names: further names that the rest of the search will read.
        flags: keep in ``rekey_step_<n>`` which base rules an event matches.
    """
    source = source_of(bases)
    known = Fields(source)
    wanted = set(names) | {name for base in bases for name in condition_fields(base.condition)}
    paired = bool(source.pair) and not all(_keeps_the_better(b, source) for b in bases)
    lines = [_head(bases, source, paired), *(_unpaired(source) if paired else [])]
    lines += known.steps(wanted)
    tests = [predicate(base.condition, known.column) for base in bases]
    if flags:
        lines.append("| eval " + ", ".join(f"{STEP}{i}=if({t}, 1, 0)" for i, t in enumerate(tests)))
        lines.append("| where " + " OR ".join(f"{STEP}{i}=1" for i in range(len(tests))))
    else:
        lines.append(f"| where {' OR '.join(tests)}")
    return lines


def once(source: LogSourceFields) -> str:
    """Write the command that keeps one copy of each event."""
    return f"| dedup keepempty=true {' '.join(_identity(source))}"


def narrowed(source: LogSourceFields, fields: Sequence[str]) -> list[str]:
    """Keep the earliest copy of each event, in order of time, and nothing of it but some fields.

    The commands before work on each event by itself, where it lies; these bring what is left to the
    search head. So they take away the record and its fields first: what follows keeps in memory all
    that it is given.

    Sources:
        Types of commands, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Commandsbytype
        fields (_time and _raw stay unless they are taken away),
        https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Fields
    """
    kept = dict.fromkeys(["_time", *_identity(source), *fields])
    return [f"| fields {', '.join(kept)}", "| fields - _raw", "| sort 0 _time", once(source)]


def _identity(source: LogSourceFields) -> list[str]:
    """Give the fields that tell an event from its copies, as arguments of commands."""
    return [argument(splunk_name(source, key)) for key in source.key]


def _head(bases: tuple[BaseRule, ...], source: LogSourceFields, paired: bool) -> str:
    known = Fields(source)

    def name(each: str) -> tuple[str, ...]:
        if paired and source.pair and each.split(".")[0] != source.pair.by.split(".")[0]:
            return ()  # only what both records of an act say may be asked for
        return known.extracted(each)

    terms = list(dict.fromkeys(prefilter(base.condition, name) for base in bases))
    start = f"`rekey_{source.name}`"
    if None in terms:
        return start
    if len(terms) == 1:
        return f"{start} {terms[0]}"
    return f"{start} ({' OR '.join(f'({term})' for term in terms)})"


def _unpaired(source: LogSourceFields) -> list[str]:
    """Leave the poorer record of an act out where the better one is there.

    Not by ``eventstats``, which may leave its fields out where records are many.
    """
    if source.pair is None:
        return []
    pair = source.pair
    kind, value = field(splunk_name(source, pair.field)), literal(pair.keep)
    by = argument(splunk_name(source, pair.by))
    return [
        f"| eval rekey_better=if({kind}={value}, 1, 0)",
        "| sort 0 -rekey_better +_time",
        f"| dedup keepempty=true {by}",
    ]


def _keeps_the_better(base: BaseRule, source: LogSourceFields) -> bool:
    """Say whether a condition selects the better record of each pair by itself."""
    return source.pair is not None and _demands(base.condition, source.pair.field, source.pair.keep)


def _demands(condition: Condition, name: str, value: str) -> bool:
    if isinstance(condition, ConditionAND):
        return any(_demands(arg, name, value) for arg in arguments(condition))
    return (
        isinstance(condition, ConditionFieldEqualsValueExpression)
        and condition.field == name
        and isinstance(condition.value, SigmaString)
        and plain_text(as_match(condition.value)) == value
    )
