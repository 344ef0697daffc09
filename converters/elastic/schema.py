"""How the documents are indexed: by Elastic's integrations (``ecs``), or as they are (``raw``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rekey.converters.elastic.remembered import remembered
from rekey.converters.registry import LogSourceFields

Name = Literal["ecs", "raw"]

ECS_INDEX: Final[Mapping[str, str]] = {
    "aws_cloudtrail": "logs-aws.cloudtrail-*",
    "github_audit": "logs-github.audit-*",
    "kubernetes_audit": "logs-kubernetes.audit_logs-*",
    "vault_audit": "logs-hashicorp_vault.audit-*",
}
"""Data streams of Elastic's integrations."""

API_REQUESTS: Final = "logs-github.api_requests-*"
"""Where newer versions of the GitHub integration put API requests, if that option is on."""

_NAMED: Final = frozenset({"github_audit"})
"""Sources whose integration makes the record's own id the id of its document (a fingerprint of
``_document_id`` as ``_id``), so that what is delivered twice is indexed once."""

_AS_TEXT: Final = {"aws.cloudtrail.flattened.": "aws.cloudtrail."}
"""Flattened objects that also stand as one text, ``{key=value, list=[a, b]}``, up to 8,191 characters
(Elastic's aws package, data stream cloudtrail)."""

LONGEST_KEYWORD: Final = 1024
"""Characters of a keyword that Elastic's integrations index, unless they say otherwise: the default of
Fleet (``DEFAULT_IGNORE_ABOVE``, elastic/kibana, fleet/server/services/epm/elasticsearch/template)."""

_LONGEST_TEXT: Final = 8191
"""Characters of the text of an object that are indexed (Elastic's aws package)."""

_LONGEST_OBJECT: Final = 32_765
"""Characters of the text of an object up to which it is kept flattened as well (the same package)."""

LONGEST_RAW: Final = 8191
"""Characters of a value that our own templates index: four bytes each must fit into Lucene's 32,766."""

_RAW_TYPES: Final = {
    "string": "keyword", "boolean": "keyword", "object": "keyword", "timestamp": "date",
    "integer": "long", "number": "double", "ip": "ip",
}  # fmt: skip
"""Booleans as keyword: some sources write them as text."""


@dataclass(frozen=True)
class InText:
    """A value within the text of its object: the text's field, and the value's own key."""

    field: str
    key: str


@dataclass(frozen=True)
class Indexed:
    """A raw field as it is indexed."""

    name: str
    type: str
    many: bool
    """May hold several values."""
    address: str | None = None
    """A field of type ``ip`` that holds the value where it is an address."""
    nested: str | None = None
    """The nested object that holds the field."""
    text: InText | None = None
    blanks: bool = False
    """Empty texts are kept, and mean as little as a missing field."""
    optional: bool = False
    """No index may map it yet."""
    longest: int | None = None
    """Characters up to which a value is indexed; ``None`` where values are short by nature, or any
    length will do. For flattened objects: of the text of the whole object."""

    @property
    def longest_text(self) -> int | None:
        """Characters up to which the value is found in the text of its object."""
        return _LONGEST_TEXT if self.text else self.longest


@dataclass(frozen=True)
class Schema:
    """Names and types of one way of indexing."""

    name: Name

    def index(self, source: LogSourceFields) -> list[str]:
        """Give the index patterns of a log source."""
        if self.name == "raw":
            return [f"rekey-{source.name}-*"]
        found = [ECS_INDEX.get(source.name, f"logs-{source.product}.{source.service}-*")]
        return [*found, API_REQUESTS] if source.name == "github_audit" else found

    def time(self, source: LogSourceFields) -> str:
        """Give the field that holds when the event happened."""
        if self.name == "raw":
            return source.time
        return source.fields[source.time].elastic or "@timestamp"

    @property
    def arrival(self) -> str | None:
        """The field that holds when an event reached Elasticsearch, if there is one."""
        return "event.ingested" if self.name == "ecs" else None

    def names_documents(self, source: LogSourceFields) -> bool:
        """Say whether a record that is delivered twice is one document."""
        return self.name == "ecs" and source.name in _NAMED

    def key(self, source: LogSourceFields) -> list[Indexed] | None:
        """Give the fields that tell events apart; ``None`` where not every event has them."""
        fields = [self.field(source, name) for name in source.key]
        known = [field for field in fields if field is not None]
        return known if source.key_always and len(known) == len(fields) else None

    def names(self, source: LogSourceFields) -> dict[str, str]:
        """Give every indexed name of a log source with its type."""
        found = {self.time(source): "date"} | ({self.arrival: "date"} if self.arrival else {})
        for raw in source.fields:
            field = self.field(source, raw)
            if field is None:
                continue
            found[field.name] = field.type
            if field.address:
                found[field.address] = "ip"
            if field.text:
                found[field.text.field] = "keyword"
        return found

    def field(self, source: LogSourceFields, raw: str) -> Indexed | None:
        """Say how a raw field is indexed; ``None`` if it is not.

        Raises:
            KeyError: the registry lacks the field.
        """
        return _raw(source, raw) if self.name == "raw" else _ecs(source, raw)


@remembered
def _ecs(source: LogSourceFields, raw: str) -> Indexed | None:
    field, many = source.fields[raw], source.is_array(raw)
    if field.elastic is None or field.elastic_type is None:
        return None
    address = field.elastic if field.elastic_type == "ip" else field.elastic_address
    text = _in_text(field.elastic, source.path(raw)[-1])
    longest = LONGEST_KEYWORD if field.unbounded and field.elastic_type == "keyword" else None
    return Indexed(
        field.elastic, field.elastic_type, many, address, field.elastic_nested, text,
        optional=field.elastic_optional, longest=_LONGEST_OBJECT if text else longest,
    )  # fmt: skip


def _in_text(name: str, key: str) -> InText | None:
    for start, instead in _AS_TEXT.items():
        if name.startswith(start):
            return InText(instead + name.removeprefix(start).split(".")[0], key.removesuffix("[]"))
    return None


@remembered
def _raw(source: LogSourceFields, raw: str) -> Indexed | None:
    """Name fields as the documents do; array keys leave no trace in Elasticsearch's paths."""
    if not source.fields[raw].elastic_raw:
        return None
    many = source.is_array(raw)
    name = ".".join(source.path(raw)).replace("[]", "")
    kind = "date" if raw == source.time else _RAW_TYPES[source.fields[raw].type]
    address = None
    if raw in raw_addresses(source):
        # The order of several addresses counts, and only a text keeps it.
        kind, address = ("text" if many else "keyword"), f"{name}.address"
    longest = LONGEST_RAW if source.fields[raw].unbounded and kind == "keyword" else None
    return Indexed(name, kind, many, address, blanks=kind == "keyword", longest=longest)


def raw_addresses(source: LogSourceFields) -> frozenset[str]:
    """Raw fields that hold an address, perhaps among other things."""
    return frozenset(
        name
        for name, field in source.fields.items()
        if field.type == "ip" or field.elastic_address is not None
    )
