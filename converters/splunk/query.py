"""Splunk queries: one macro for each log source, sliding windows, derived fields by eval."""

from typing import Any, ClassVar

from sigma.backends.splunk.splunk import SplunkBackend, SplunkDeferredORRegularExpression
from sigma.conversion.state import ConversionState
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from rekey.converters.sigma_plugin import (
    derived_expressions,
    refuse_directives,
    refused,
    source_of,
)
from rekey.converters.splunk.pipeline import rekey_splunk

SLIDING = "sliding"
_WINDOW = "| sort 0 _time\n| streamstats time_window={timespan} "
"""The stock backend counts in fixed bins, which miss a burst that straddles two of them."""


class RekeySplunkBackend(SplunkBackend):
    """The stock backend with exact windows.

    Each query begins with the macro ``rekey_<product>_<service>``, in which a site says where the
    log source is: indexes and source types differ from site to site.
    """

    name: ClassVar[str] = "Splunk, as rekey compiles it"
    requires_pipeline: ClassVar[bool] = False
    parenthesize = True

    correlation_methods: ClassVar[dict[str, str]] = {SLIDING: "Sliding windows (streamstats)"}
    default_correlation_method: ClassVar[str] = SLIDING
    default_correlation_query: ClassVar[Any] = {SLIDING: "{search}\n{aggregate}\n{condition}"}
    groupby_expression: ClassVar[dict[str, str]] = {SLIDING: " by {fields}"}
    groupby_field_expression: ClassVar[dict[str, str]] = {SLIDING: "{field}"}
    groupby_field_expression_joiner: ClassVar[dict[str, str]] = {SLIDING: " "}
    event_count_aggregation_expression: ClassVar[dict[str, str]] = {
        SLIDING: _WINDOW + "count as event_count{groupby}"
    }
    value_count_aggregation_expression: ClassVar[dict[str, str]] = {
        SLIDING: _WINDOW + "dc({field}) as value_count{groupby}"
    }
    temporal_aggregation_expression: ClassVar[dict[str, str]] = {
        SLIDING: _WINDOW + "dc(event_type) as event_type_count{groupby}"
    }
    event_count_condition_expression: ClassVar[dict[str, str]] = {
        SLIDING: "| where event_count {op} {count}"
    }
    value_count_condition_expression: ClassVar[dict[str, str]] = {
        SLIDING: "| where value_count {op} {count}"
    }
    temporal_condition_expression: ClassVar[dict[str, str]] = {
        SLIDING: "| where event_type_count {op} {count}"
    }

    def __init__(
        self, processing_pipeline: ProcessingPipeline | None = None, *args: Any, **kwargs: Any
    ) -> None:
        pipeline = rekey_splunk() + (processing_pipeline or ProcessingPipeline())
        super().__init__(pipeline, *args, **kwargs)

    def convert_rule(self, rule: SigmaRule, *args: Any, **kwargs: Any) -> list[Any]:
        """Convert a rule on single events."""
        # A failed conversion leaves counters in the class, which would leak into this rule.
        SplunkDeferredORRegularExpression.field_counts = {}
        return list(super().convert_rule(rule, *args, **kwargs))

    def convert_correlation_rule(
        self, rule: SigmaCorrelationRule, *args: Any, **kwargs: Any
    ) -> list[Any]:
        """Convert a correlation, or refuse one that means more than its query could."""
        refuse_directives(rule, "Splunk")
        return list(super().convert_correlation_rule(rule, *args, **kwargs))

    def convert_correlation_temporal_ordered_rule(
        self, rule: SigmaCorrelationRule, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Refuse: a count of event types does not see their order."""
        raise refused(rule, "the order of events cannot be told by counting them")

    def convert_condition_field_eq_val_cidr(self, cond: Any, state: ConversionState) -> str:
        """Compare with a network; the stock backend forgets to quote the field."""
        return f'{self.escape_and_quote_field(cond.field)}="{cond.value.network}"'

    def finish_query(self, rule: Any, query: Any, state: ConversionState) -> Any:
        """Put the log source's macro and the derived fields before the search."""
        finished = super().finish_query(rule, query, state)
        source = source_of(rule) if isinstance(rule, SigmaRule) else None
        if source is None:
            return finished
        start = f"`rekey_{source.name}`"
        derived = derived_expressions(rule, "splunk")
        if not derived:
            return f"{start} {finished}"
        evals = ", ".join(f'"{name}"={expression}' for name, expression in derived)
        return f"{start}\n| eval {evals}\n| search {finished}"
