"""What our pySigma backends share: which source a rule reads, which derived fields it needs.

pySigma's own pipelines rename raw fields; a derived field needs a computation before the search,
which only a backend can add.
"""

from collections.abc import Iterator, Sequence

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.rule import SigmaDetection, SigmaRule

from rekey.converters.registry import COMMON_DERIVED, Expression, LogSourceFields, for_logsource


def source_of(rule: SigmaRule) -> LogSourceFields | None:
    """Give the registry of a rule's log source."""
    return for_logsource(rule.logsource.product, rule.logsource.service)


def fields_of(rule: SigmaRule) -> set[str]:
    """Give all fields that a rule, or a correlation over it, looks at."""
    found = {name for part in rule.detection.detections.values() for name in _fields(part)}
    for user in rule._backreferences:
        if isinstance(user, SigmaCorrelationRule):
            found |= set(user.group_by or ())
            counted = getattr(user.condition, "fieldref", None)
            found |= {counted} if isinstance(counted, str) else set(counted or ())
    return found


def _fields(detection: SigmaDetection) -> Iterator[str]:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from _fields(item)
        elif item.field is not None:
            yield item.field


def derived_expressions(rule: SigmaRule, engine: str) -> list[tuple[str, str]]:
    """Give name and expression of each derived field that a rule needs in an engine.

    Args:
        rule: the rule, its raw fields renamed already.
        engine: ``splunk`` or ``elastic``.

    Raises:
        SigmaFeatureNotSupportedByBackendError: a field that the engine cannot compute.
    """
    source = source_of(rule)
    if source is None:
        return []
    made = []
    for name in sorted(fields_of(rule) & {*source.derived, *COMMON_DERIVED}):
        expression = getattr(source.derived.get(name, Expression()), engine)
        if expression is None:
            raise refused(rule, f"the derived field {name} cannot be computed in {engine.title()}")
        made.append((name, " ".join(expression.split())))
    return made


def refuse_directives(rule: SigmaCorrelationRule, engine: str) -> None:
    """Refuse rules whose meaning goes beyond their correlation.

    Raises:
        SigmaFeatureNotSupportedByBackendError: a first-seen or dormant rule.
    """
    directives = rule.custom_attributes.get("x-rekey")
    for directive in ("first_seen", "dormant"):
        if isinstance(directives, dict) and directive in directives:
            raise refused(rule, f"a {directive} rule is more than a {engine} query can say")


def refused(
    rule: SigmaRule | SigmaCorrelationRule, reason: str
) -> SigmaFeatureNotSupportedByBackendError:
    """Make the error by which a backend says that it would have to lie."""
    return SigmaFeatureNotSupportedByBackendError(reason, source=rule.source)


def changed_names(names: Sequence[tuple[str, str]]) -> dict[str | None, str | list[str]]:
    """Make a field mapping of the names that differ."""
    return {raw: name for raw, name in names if raw != name}
