"""The index template for logs that are indexed as they are (``--schema raw``).

Only the registry's fields are mapped; everything else stays in the document, unsearched. So the
shape of the thousand things that an API call may carry cannot break the mapping.
"""

from typing import Any, Final

from rekey.converters.elastic.schema import LONGEST_RAW, Schema
from rekey.converters.registry import LogSourceFields

_DATE: Final = "strict_date_optional_time||epoch_millis"


def index_template(source: LogSourceFields, schema: Schema) -> dict[str, Any]:
    """Write the template, as ``PUT _index_template/rekey-<source>`` takes it."""
    properties: dict[str, Any] = {}
    for raw in source.fields:
        field = schema.field(source, raw)
        if field is not None:
            _put(properties, field.name.split("."), _mapping(field.type, field.address is not None))
    return {
        "index_patterns": schema.index(source),
        "priority": 200,
        "template": {
            "settings": {"index.mapping.ignore_malformed": True},
            "mappings": {"dynamic": False, "properties": properties},
        },
        "_meta": {"description": f"{source.title}, as it is, for the rules of rekey"},
    }


def _mapping(kind: str, is_address: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind}
    if kind == "keyword":
        made["ignore_above"] = LONGEST_RAW
    if kind == "date":
        made["format"] = _DATE
    if is_address:
        made["fields"] = {"address": {"type": "ip", "ignore_malformed": True}}
    return made


def _put(properties: dict[str, Any], path: list[str], mapping: dict[str, Any]) -> None:
    """Put a mapping below its parents; Elasticsearch takes a dot in a key for a parent too."""
    first, *rest = path
    if not rest:
        properties[first] = mapping | properties.get(first, {})
        return
    parent = properties.setdefault(first, {"properties": {}})
    _put(parent.setdefault("properties", {}), rest, mapping)
