"""Can these logs decide a rule at all? Silence of a rule that cannot fire is not innocence."""

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.types import SigmaNull

from rekey.converters.duckdb.asked import behind
from rekey.converters.rule import BaseRule, Condition, Rule
from rekey.site import Site
from rekey.store import Store


def not_evaluable(rule: Rule, store: Store, site: Site) -> str | None:
    """Say why a rule cannot be decided on what the store holds; ``None`` if it can."""
    for base in rule.bases:
        if base.source.name not in store.present:
            return f"no {base.source.title} in the input"
        for each in sorted(needed(rule, base)):
            if reason := _missing(base, each, store, site):
                return reason
    return None


def needed(rule: Rule, base: BaseRule) -> set[str]:
    """Names without which a base rule can never match: its keys, its value, its plain selections."""
    keys = set(rule.group_fields(base))
    if rule.correlation and rule.correlation.field:
        keys.add(rule.correlation.field)
    return keys | _required(base.condition)


def _required(condition: Condition) -> set[str]:
    """Fields that every match holds: all of an AND, the common ones of an OR, none under NOT."""
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        return set() if isinstance(condition.value, SigmaNull) else {condition.field}
    if isinstance(condition, ConditionAND | ConditionOR):
        parts = [_required(arg) for arg in condition.args if arg is not None]
        joined = set.union if isinstance(condition, ConditionAND) else set.intersection
        return joined(*parts) if parts else set()
    return set()


def _missing(base: BaseRule, each: str, store: Store, site: Site) -> str | None:
    source = base.source
    if each == "origin.expected" and not any(network.egress for network in site.networks):
        return "the site file declares no egress networks"
    capability = source.capability
    names = behind(source, each)
    never = sorted(names & capability.never.keys())
    if never:
        return f"{source.title} never logs {never[0]}: {capability.never[never[0]]}"
    unset = sorted(names & capability.conditional.keys())
    layout = store.plans[source.name].layout
    # What is derived from several fields may be known without the one that a setting brings.
    if unset and not layout.is_heavy_name(each) and not store.ever(source.name, each):
        return f"no event carries {unset[0]}: {capability.conditional[unset[0]]}"
    return None
