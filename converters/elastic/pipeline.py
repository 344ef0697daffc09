"""Elastic's indexed names from the registry, as a pySigma pipeline for the stock ES|QL backend."""

from typing import Final

from sigma.processing.conditions import IncludeFieldCondition, LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    DetectionItemFailureTransformation,
    FieldMappingTransformation,
    SetStateTransformation,
)

from rekey.converters.elastic.schema import ECS_INDEX
from rekey.converters.registry import LogSourceFields, registry
from rekey.converters.sigma_plugin import changed_names

BACKENDS: Final = frozenset({"esql", "rekey_elastic"})
PREFIX: Final = "rekey_elastic_"
"""Of the names of the pipeline's items."""


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
            SetStateTransformation("index", ECS_INDEX.get(source.name, "logs-*")),
            rule_conditions=[here()],
            identifier=f"{PREFIX}{source.name}_index",
        )
    ]
    for what, fields, reason in (
        ("lost", lost, "Elastic's integration does not index this field"),
        ("flattened", flattened, "ES|QL cannot read flattened fields before Elasticsearch 9.5"),
    ):
        if fields:
            items.append(
                ProcessingItem(
                    DetectionItemFailureTransformation(reason),
                    rule_conditions=[here()],
                    field_name_conditions=[IncludeFieldCondition(fields)],
                    identifier=f"{PREFIX}{source.name}_{what}",
                )
            )
    items.append(
        ProcessingItem(
            FieldMappingTransformation(changed_names(names)),
            rule_conditions=[here()],
            identifier=f"{PREFIX}{source.name}",
        )
    )
    return items
