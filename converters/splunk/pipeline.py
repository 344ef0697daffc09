"""Splunk field names from the registry, as a pySigma pipeline."""

from typing import Final

from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation

from rekey.converters.registry import LogSourceFields, registry
from rekey.converters.sigma_plugin import changed_names

BACKENDS: Final = frozenset({"splunk", "rekey_splunk"})


def splunk_name(source: LogSourceFields, field: str) -> str:
    """Give the name under which Splunk's JSON extraction offers a raw field."""
    given = source.fields[field].splunk
    return given or ".".join(source.path(field)).replace("[]", "{}")


def rekey_splunk() -> ProcessingPipeline:
    """Map the raw field names of every log source to Splunk's."""
    return ProcessingPipeline(
        name="rekey: raw fields as Splunk's JSON extraction names them",
        priority=30,
        allowed_backends=BACKENDS,
        items=[
            ProcessingItem(
                FieldMappingTransformation(
                    changed_names([(field, splunk_name(source, field)) for field in source.fields])
                ),
                rule_conditions=[
                    LogsourceCondition(product=source.product, service=source.service)
                ],
                identifier=f"rekey_splunk_{source.name}",
            )
            for source in registry().values()
        ],
    )
