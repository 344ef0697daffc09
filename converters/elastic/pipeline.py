"""Elastic's indexed names from the registry, as a pySigma pipeline for ES|QL."""

from collections.abc import Mapping
from typing import Final

from sigma.processing.conditions import IncludeFieldCondition, LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    DetectionItemFailureTransformation,
    FieldMappingTransformation,
    SetStateTransformation,
)

from rekey.converters.registry import LogSourceFields, registry
from rekey.converters.sigma_plugin import changed_names

BACKENDS: Final = frozenset({"esql", "rekey_elastic"})

INDEX: Final[Mapping[str, str]] = {
    "aws_cloudtrail": "logs-aws.cloudtrail-*",
    "github_audit": "logs-github.audit-*",
    "kubernetes_audit": "logs-kubernetes.audit_logs-*",
    "vault_audit": "logs-hashicorp_vault.audit-*",
}
"""Data streams of Elastic's integrations."""


def rekey_elastic() -> ProcessingPipeline:
    """Map the raw field names of every log source to what Elastic's integrations index."""
    return ProcessingPipeline(
        name="rekey: raw fields as Elastic's integrations index them",
        priority=30,
        allowed_backends=BACKENDS,
        items=[item for source in registry().values() for item in _items(source)],
    )


def _items(source: LogSourceFields) -> list[ProcessingItem]:
    def here() -> LogsourceCondition:  # each item owns its condition
        return LogsourceCondition(product=source.product, service=source.service)

    lost = [name for name, field in source.fields.items() if field.elastic is None]
    flattened = [name for name, field in source.fields.items() if field.elastic_type == "flattened"]
    names = [(name, field.elastic) for name, field in source.fields.items() if field.elastic]
    items = [
        ProcessingItem(
            SetStateTransformation("index", INDEX.get(source.name, "logs-*")),
            rule_conditions=[here()],
        )
    ]
    for fields, reason in (
        (lost, "Elastic's integration does not index this field"),
        (flattened, "ES|QL cannot read flattened fields before Elasticsearch 9.5"),
    ):
        if fields:
            items.append(
                ProcessingItem(
                    DetectionItemFailureTransformation(reason),
                    rule_conditions=[here()],
                    field_name_conditions=[IncludeFieldCondition(fields)],
                )
            )
    items.append(
        ProcessingItem(
            FieldMappingTransformation(changed_names(names)),
            rule_conditions=[here()],
            identifier=f"rekey_elastic_{source.name}",
        )
    )
    return items
