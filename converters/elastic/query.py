"""ES|QL queries that mean what the rule means: case ignored, NOT null-safe, fields by type."""

from typing import Any, ClassVar

from sigma.backends.elasticsearch.elasticsearch_esql import ESQLBackend
from sigma.conditions import ConditionNOT
from sigma.conversion.state import ConversionState
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule
from sigma.types import SigmaString

from rekey.converters.elastic.pipeline import rekey_elastic
from rekey.converters.sigma_plugin import derived_expressions, refused


class RekeyElasticBackend(ESQLBackend):
    """The stock ES|QL backend for single events, made exact.

    ES|QL compares case-sensitively, and ``NOT x`` drops rows that lack the field. Correlations are
    refused: ES|QL counts in fixed buckets, which miss what straddles two of them.
    """

    name: ClassVar[str] = "Elastic ES|QL, as rekey compiles it"
    requires_pipeline = False  # type: ignore[misc]  # the stock class contradicts its own base
    convert_or_as_in: ClassVar[bool] = False

    eq_expression: ClassVar[str] = "to_lower({field}) == {value}"
    startswith_expression: ClassVar[str] = "starts_with(to_lower({field}), {value})"
    endswith_expression: ClassVar[str] = "ends_with(to_lower({field}), {value})"
    wildcard_match_expression: ClassVar[str] = "to_lower({field}) like {value}"
    field_equals_field_expression: ClassVar[str] = "to_lower({field1}) == to_lower({field2})"
    # An address may be indexed as a keyword, because it can also be the name of a service.
    cidr_expression: ClassVar[str] = 'cidr_match(to_ip({field}), "{value}")'
    compare_op_expression: ClassVar[str] = "to_double({field}) {operator} {value}"

    def __init__(
        self, processing_pipeline: ProcessingPipeline | None = None, *args: Any, **kwargs: Any
    ) -> None:
        pipeline = rekey_elastic() + (processing_pipeline or ProcessingPipeline())
        super().__init__(pipeline, *args, **kwargs)

    def convert_value_str(self, s: SigmaString, state: ConversionState) -> str:
        """Write a value in lower case, as the fields are compared."""
        lowered = SigmaString()
        lowered.s = [part.lower() if isinstance(part, str) else part for part in s.s]
        return str(super().convert_value_str(lowered, state))

    def convert_condition_field_eq_val_bool(self, cond: Any, state: ConversionState) -> str:
        """Compare as text: integrations index some truth values as keywords."""
        value = self.bool_values[cond.value.boolean]
        return f'to_string({self.escape_and_quote_field(cond.field)}) == "{value}"'

    def convert_condition_field_eq_val_num(self, cond: Any, state: ConversionState) -> str:
        """Compare as a number, whatever the field is indexed as."""
        return f"to_double({self.escape_and_quote_field(cond.field)}) == {cond.value}"

    def convert_condition_not(self, cond: ConditionNOT, state: ConversionState) -> str:
        """Negate so that a missing field counts as no match."""
        return f"not coalesce({self.convert_condition(cond.args[0], state)}, false)"

    def convert_correlation_rule(
        self, rule: SigmaCorrelationRule, *args: Any, **kwargs: Any
    ) -> list[Any]:
        """Refuse: no sliding windows."""
        raise refused(rule, "ES|QL has no sliding windows for correlations")

    def finalize_query_default(
        self, rule: SigmaRule, query: str, index: int, state: ConversionState
    ) -> str:
        """Put the data stream and the derived fields before the condition."""
        found = str(super().finalize_query_default(rule, query, index, state))
        derived = derived_expressions(rule, "elastic")
        if not derived:
            return found
        evals = ", ".join(f"`{name}` = {expression}" for name, expression in derived)
        return found.replace(" | where ", f" | eval {evals} | where ", 1)
