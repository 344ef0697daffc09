"""The backend for sigma-cli (``sigma convert -t rekey_splunk``): the detections of the app, rule by rule.

The searches call macros of the app (where a source is, what is derived, what a site leaves out), so the
app has to be installed where they run.
"""

from pathlib import Path
from typing import Any, ClassVar, Final, cast

from sigma.backends.splunk.splunk import SplunkBackend
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from rekey.converters.ruleset import Document, build_rule
from rekey.converters.sigma_plugin import refused
from rekey.converters.splunk.quoting import slug
from rekey.converters.splunk.search import searches
from rekey.errors import RekeyError
from rekey.pack import shipped_pack

_DEFAULTS: Final[Document] = {"playbook": "", "entities": {}, "budget": 0}
"""What rules of other people lack."""


class RekeySplunkBackend(SplunkBackend):
    """The stock backend's place in sigma-cli, with the searches of the app.

    Rules that learn give the detection; it finds something only where the app's other searches keep
    the baseline.
    """

    name: ClassVar[str] = "Splunk, as rekey compiles it"
    formats: ClassVar[dict[str, str]] = {"default": "The searches of the app"}
    requires_pipeline: ClassVar[bool] = False
    correlation_methods: ClassVar[dict[str, str]] = {"sliding": "Sliding windows"}
    default_correlation_method: ClassVar[str] = "sliding"

    def convert_rule(
        self, rule: SigmaRule, output_format: str | None = None, callback: Any = None
    ) -> list[Any]:
        """Convert a rule on single events; a base rule of a correlation gives nothing itself."""
        self._prepare(rule, output_format)
        # A correlation asks for the results of its base rules, though ours compiles them itself.
        rule.set_conversion_result([])
        rule.set_conversion_states([])
        return self._convert(rule, output_format, callback) if rule._output else []

    def convert_correlation_rule(
        self,
        rule: SigmaCorrelationRule,
        output_format: str | None = None,
        correlation_method: str | None = None,
        callback: Any = None,
    ) -> list[Any]:
        """Convert a rule with a window, or one that learns."""
        self._prepare(rule, output_format)
        return self._convert(rule, output_format, callback)

    def _prepare(self, rule: SigmaRule | SigmaCorrelationRule, output_format: str | None) -> None:
        if getattr(self, "last_processing_pipeline", None) is None:
            self.init_processing_pipeline(output_format)
        self.last_processing_pipeline.apply(rule)

    def _convert(
        self, rule: SigmaRule | SigmaCorrelationRule, output_format: str | None, callback: Any
    ) -> list[Any]:
        try:
            query: Any = _search(rule)
        except SigmaError as error:
            if not self.collect_errors:
                raise
            self.errors.append((cast(SigmaRule, rule), error))
            return []
        if callback is not None:
            query = callback(rule, output_format, 0, None, query)
        found = [] if query is None else [query]
        rule.set_conversion_result(found)
        return found


def _search(sigma: SigmaRule | SigmaCorrelationRule) -> str:
    """Compile a rule.

    Raises:
        SigmaFeatureNotSupportedByBackendError: SPL cannot say it, or it is no rule of ours.
    """
    bases = []
    if isinstance(sigma, SigmaCorrelationRule):
        bases = [reference.rule for reference in sigma.rules or ()]
    for each in [*bases, sigma]:
        if isinstance(each, SigmaRule) and len(each.detection.parsed_condition) > 1:
            raise refused(sigma, "it has several conditions")
    documents = [each.to_dict() for each in [*bases, sigma]]
    documents[-1]["x-rekey"] = _DEFAULTS | documents[-1].get("x-rekey", {})
    try:
        rule = build_rule(_file(sigma), documents)
        known = rule.path in shipped_pack().rule_files()
        return searches(rule, filtered=known)[0].spl
    except RekeyError as error:
        raise refused(sigma, error.message) from error


def _file(sigma: SigmaRule | SigmaCorrelationRule) -> Path:
    """Give the file, or a name for a rule that has none."""
    if sigma.source is not None and sigma.source.path is not None:
        return Path(sigma.source.path).resolve()
    return Path("sigma") / f"{slug(str(sigma.name or sigma.id or 'rule'))}.yml"
