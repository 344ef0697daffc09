"""The rules of `rekey build elastic` for people with plain sigma-cli, as its target ``rekey_elastic``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import orjson
from sigma.backends.elasticsearch.elasticsearch_esql import ESQLBackend
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaConfigurationError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from rekey.converters.elastic.compile_rule import compile_rule
from rekey.converters.elastic.kibana import Extras, kibana_rule
from rekey.converters.elastic.pipeline import PREFIX
from rekey.converters.elastic.schema import Name, Schema
from rekey.converters.elastic.target import Target
from rekey.converters.elastic.threat import Attack
from rekey.converters.rule import Rule
from rekey.converters.ruleset import Document, build_rule
from rekey.converters.sigma_plugin import refused
from rekey.errors import RekeyError
from rekey.site import Site

_DEFAULTS: Document = {"playbook": "", "entities": {}, "budget": 0}
"""What rules of other people lack."""

_TEXT = frozenset({"esql", "eql"})


class RekeyElasticBackend(ESQLBackend):
    """Compiles each rule as `rekey build elastic` does; nothing of the stock backend is used."""

    name: ClassVar[str] = "Elastic, as rekey compiles it"
    formats: ClassVar[dict[str, str]] = {  # type: ignore[misc]  # as there
        "default": "ES|QL or EQL text; for query and threshold rules the deciding part as JSON",
        "ndjson": "Kibana detection rules, without ATT&CK and playbooks",
    }
    requires_pipeline = False  # type: ignore[misc]  # the stock class contradicts its own base

    def __init__(
        self,
        processing_pipeline: ProcessingPipeline | None = None,
        collect_errors: bool = False,
        schema: str = "ecs",
        **options: Any,
    ) -> None:
        if schema not in ("ecs", "raw"):
            raise SigmaConfigurationError(f"there is no schema {schema!r}: choose ecs or raw")
        # Our own pipeline changes nothing here; another one would be lost without a word.
        items = processing_pipeline.items if processing_pipeline else []
        self._foreign = any(not str(item.identifier).startswith(PREFIX) for item in items)
        self._target = Target(Schema(cast(Name, schema)), Site())
        super().__init__(None, collect_errors, **options)

    def convert_rule(
        self, rule: SigmaRule, output_format: str | None = None, callback: Any = None
    ) -> list[Any]:
        """Convert a rule on single events; base rules are converted with their correlation."""
        if not rule._output:
            return []
        return self._convert(rule, [rule.to_dict()], output_format)

    def convert_correlation_rule(
        self,
        rule: SigmaCorrelationRule,
        output_format: str | None = None,
        method: str | None = None,
        callback: Any = None,
    ) -> list[Any]:
        """Convert a correlation with the rules that it refers to."""
        bases = [reference.rule.to_dict() for reference in rule.rules or ()]
        return self._convert(rule, [*bases, rule.to_dict()], output_format)

    def _convert(
        self,
        sigma: SigmaRule | SigmaCorrelationRule,
        documents: list[Document],
        output_format: str | None,
    ) -> list[Any]:
        if self._foreign:
            raise SigmaConfigurationError("rekey_elastic brings its field names: leave out -p")
        documents[-1]["x-rekey"] = _DEFAULTS | documents[-1].get("x-rekey", {})
        path = sigma.source.path if sigma.source else None
        try:
            rule = build_rule(Path(path or "rule.yml"), documents)
            return [self._written(rule, output_format)]
        except RekeyError as error:
            refusal = refused(sigma, error.message)
            if not self.collect_errors:
                raise refusal from error
            self.errors.append((sigma, refusal))  # type: ignore[arg-type]  # both kinds
            return []

    def _written(self, rule: Rule, output_format: str | None) -> str:
        compiled = compile_rule(rule, self._target)
        if output_format == "ndjson":
            extras = Extras(Attack({}, {}), {})
            whole = kibana_rule(rule, self._target, compiled, extras)
            return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode()
        if compiled.body["type"] in _TEXT:
            return str(compiled.body["query"])
        return orjson.dumps(compiled.body, option=orjson.OPT_SORT_KEYS).decode()

    def finalize(self, queries: Sequence[Any], output_format: str) -> list[Any]:
        """Give the rules one by one."""
        return list(queries)
