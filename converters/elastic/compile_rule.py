"""One rule → the deciding part of a Kibana rule, by the kind of rule."""

from collections.abc import Callable, Mapping
from typing import Final

from rekey.converters.elastic.baseline import dormant, first_seen
from rekey.converters.elastic.compiled import Compiled
from rekey.converters.elastic.esql_rule import temporal
from rekey.converters.elastic.query_rule import query_rule
from rekey.converters.elastic.sequence import sequence
from rekey.converters.elastic.target import Target
from rekey.converters.elastic.threshold import threshold
from rekey.converters.rule import Kind, Rule

_BY_KIND: Final[Mapping[Kind, Callable[[Rule, Target], Compiled]]] = {
    Kind.SINGLE: query_rule,
    Kind.EVENT_COUNT: threshold,
    Kind.VALUE_COUNT: threshold,
    Kind.TEMPORAL: temporal,
    Kind.TEMPORAL_ORDERED: sequence,
    Kind.FIRST_SEEN: first_seen,
    Kind.DORMANT: dormant,
}


def compile_rule(rule: Rule, target: Target) -> Compiled:
    """Compile a rule.

    Raises:
        Unsupported: Elastic cannot say what the rule means.
    """
    return _BY_KIND[rule.kind](rule, target)
