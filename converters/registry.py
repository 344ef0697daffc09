"""The field registry: what each log source carries, for every engine.

One YAML file per log source under ``converters/fields/``. It is the single source of truth for
raw paths, types, arrays, the field names in Splunk and Elastic, the canonical roles that make a
:class:`rekey.event.WorkloadEvent`, derived fields, secrets, and what the source never logs.
A rule that names a field which the registry lacks does not compile.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from rekey.errors import Place, RekeyError
from rekey.yaml_file import read_model

FOLDER = Path(__file__).parent / "fields"

Evidence = Literal["V", "E", "S", "K"]
"""V vendor documentation or source; E a real engine's own log; S samples; K general knowledge."""

FieldType = Literal["string", "integer", "number", "boolean", "timestamp", "ip", "object"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RawField(_Frozen):
    """One raw field, named as rules name it."""

    type: FieldType = "string"
    path: tuple[str, ...] | None = None
    """Keys from the top of the document; ``[]`` ends a key that holds an array. Needed only where
    splitting the name at its dots would be wrong: arrays, and keys that hold a dot."""
    evidence: Evidence
    source: str
    """A key of ``sources``."""
    splunk: str | None = None
    """Default: the name, with ``{}`` after each array key."""
    splunk_kept: str | None = None
    """Where a Splunk add-on keeps the value, because it writes something of its own under the name."""
    splunk_filled: str | None = None
    """The text that a Splunk add-on writes where the record has no value."""
    elastic: str | None = None
    """The indexed field of Elastic's integration; ``None`` where it drops the field."""
    elastic_type: str | None = None
    elastic_address: str | None = None
    """Where Elastic indexes the value as an address (type ``ip``), if it is one."""
    elastic_nested: str | None = None
    """The nested object that holds the field: plain queries do not look into it."""
    elastic_optional: bool = False
    """Elastic maps the field only when the first document holds it, or in newer versions of the
    integration: until then ES|QL and EQL refuse a query that names it like any other."""
    elastic_raw: bool = True
    """Records that are indexed as they are may be searched for the field. Not so where other calls have
    a text for what is an object here, or the other way round: a mapping for one refuses the other."""
    values: tuple[str, ...] = ()
    """Every value that the vendor documents, in the vendor's spelling, where those are few."""
    unbounded: bool = False
    """The caller chooses the value and nothing keeps it short, so that it may be longer than what an
    engine indexes."""
    presence_only: bool = False
    """A secret: rules may ask whether it is there, and nothing of it enters the store. Below heavy keys."""
    note: str | None = None


Values = str | int | float | bool | None


class Case(_Frozen):
    """One branch of a derived field: its value, and when it is that."""

    value: str
    when: dict[str, Values | list[Values]] | list[dict[str, Values | list[Values]]]
    """A Sigma detection over raw fields: a mapping asks for all of it, a list for one item."""


class Expression(_Frozen):
    """A value computed from raw fields, written ``{raw.field}``, once per engine."""

    duckdb: str | None = None
    splunk: str | None = None
    elastic: str | tuple[Case, ...] | None = None
    """ES|QL over raw fields; or cases, of which the first that holds gives the value, and which any
    of Elastic's query languages can say. ``None``: not available there."""
    elastic_first: tuple[str, ...] = ()
    """Raw fields whose first non-empty one is the value, for languages that can only compare."""
    note: str | None = None


Role = tuple[str, ...] | Expression
"""Raw or derived field names, first non-empty one wins; or an expression."""


class Capability(_Frozen):
    """What this source cannot say: so that absence is not read as innocence."""

    never: dict[str, str] = {}
    """Field or role that no event ever carries → why."""
    conditional: dict[str, str] = {}
    """Field or role that is logged only under a setting → which setting."""


class Pair(_Frozen):
    """A source that writes one act as two records: only the better one is looked at."""

    by: str
    """Raw field that both records share."""
    field: str
    """Raw field that tells them apart,"""
    keep: str
    """and its value in the record that repeats the other. A lone record stays as it is."""


class Kept(_Frozen):
    """A part of a record that Elastic keeps as it was logged, indexed or not."""

    raw: str = ""
    """A top-level key of the record; empty for the whole record."""
    elastic: str
    """Where it stands in a document's source."""
    dedotted: str | None = None
    """A key below it, in whose own keys dots became underscores."""
    added: tuple[str, ...] = ()
    """Keys that are the integration's and not the record's."""


CONTEXT: Final = "rekey.context"
"""What the wrapping said around a record: the cluster, or the audit device. A pseudo field."""


HOST: Final = (
    r"^([a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^/?#\\]*@)?"
    r"((?:[^/?#\\@\s:\[\]]+|\[[0-9a-fA-F:.]+\])(?::[0-9]*)?)(?:[/?#\\\s]|$)"
)
"""Scheme and host of an address, as groups: without user, path and query. For Python and for RE2."""


class LogSourceFields(_Frozen):
    """One log source."""

    title: str
    product: str
    service: str
    sources: dict[str, str]
    """Short name → citation (document title and address, or the captured log)."""
    splunk_search: str = ""
    """Search terms that find the source in Splunk where nobody has said otherwise."""
    key: tuple[str, ...]
    """Raw fields that together identify an event: two records with equal keys are one event."""
    key_always: bool = True
    """Every record has its key: else one without a key is an event of its own."""
    pair: Pair | None = None
    time: str
    """Raw field that holds the event's time: ISO 8601, or an integer of epoch milliseconds."""
    required: tuple[str, ...]
    """Raw fields that every genuine record holds: a record without them is malformed."""
    heavy: tuple[str, ...] = ()
    """Top-level keys that are read only for events that a rule or the lineage may need."""
    redact: tuple[str, ...] = ()
    """Dotted paths (``[]`` for arrays, ``*`` for any key) whose values never enter the store."""
    redact_to_host: tuple[str, ...] = ()
    """Dotted paths of addresses of which scheme and host alone enter the store. Below heavy keys."""
    elastic_kept: tuple[Kept, ...] = ()
    """What of a record Elastic's integration keeps whole, should it not keep the original text."""
    fields: dict[str, RawField]
    derived: dict[str, Expression] = {}
    roles: dict[str, Role]
    mint: str | None = None
    """DuckDB condition over raw fields: events that issue a credential. Read in full, always."""
    revocation: str | None = None
    """The same for events that end a credential, or make one work again."""
    capability: Capability = Capability()

    @property
    def name(self) -> str:
        """``<product>_<service>``, which is also the file's name."""
        return f"{self.product}_{self.service}"

    @property
    def pair_fields(self) -> tuple[str, ...]:
        """Raw fields that tell the two records of an act apart."""
        return (self.pair.by, self.pair.field) if self.pair else ()

    @property
    def may_name_cluster(self) -> bool:
        """Say whether the wrapping, which records lack, may tell identities of one name apart."""
        return CONTEXT in self.capability.conditional

    def path(self, field: str) -> tuple[str, ...]:
        """Keys from the top of the document to a raw field; array keys end in ``[]``.

        Raises:
            KeyError: the registry lacks the field.
        """
        return self.fields[field].path or tuple(field.split("."))

    def is_array(self, field: str) -> bool:
        """Say whether a document may hold several values of a field."""
        return any(key.endswith("[]") for key in self.path(field))


COMMON_DERIVED: Final = {
    "origin.network": "ASN where the site file names one, else the /24 (IPv4) or /48 (IPv6)",
    "origin.scope": "internal, external or provider",
    "origin.expected": "true or false where the site declares egress for the actor, else null",
}
"""Derived fields that every source with an ``origin.ip`` role has; computed once per address."""


def load_file(path: Path) -> LogSourceFields:
    """Read and check one registry file.

    Raises:
        RekeyError: not YAML, or not a registry file.
    """
    source, _ = read_model(path, LogSourceFields)
    if path.stem != source.name:
        raise RekeyError(f"describes {source.name}, but is named {path.stem}", place=Place(path))
    return source


@cache
def registry() -> dict[str, LogSourceFields]:
    """All log sources by name, in file order. Read once per process."""
    return {path.stem: load_file(path) for path in sorted(FOLDER.glob("*.yml"))}


def for_logsource(product: str | None, service: str | None) -> LogSourceFields | None:
    """Find the source of a Sigma ``logsource``; ``None`` if we do not know it."""
    return registry().get(f"{product}_{service}")


def has_field(source: LogSourceFields, field: str) -> bool:
    """Say whether rules may name a field of a log source, raw or derived."""
    if field in COMMON_DERIVED:
        return "origin.ip" in source.roles
    return (field in source.fields or field in source.derived) and not is_redacted(source, field)


def like(source: LogSourceFields, field: str) -> str | None:
    """Ask, as a hint, whether the field was meant whose name is nearest."""
    near = get_close_matches(field, [*source.fields, *source.derived, *COMMON_DERIVED], n=1)
    return f"Did you mean {near[0]}?" if near else None


def is_redacted(source: LogSourceFields, field: str) -> bool:
    """Say whether a field holds a secret, which never enters the store."""
    keys = source.path(field) if field in source.fields else tuple(field.split("."))
    names = [key.removesuffix("[]") for key in keys]
    for secret in source.redact:
        wanted = [key.removesuffix("[]") for key in secret.split(".")]
        if len(wanted) <= len(names) and all(
            want in ("*", name) for want, name in zip(wanted, names, strict=False)
        ):
            return True
    return False


def placeholders(expression: str) -> Iterator[str]:
    """Yield the ``{raw.field}`` names in an expression."""
    start = 0
    while (start := expression.find("{", start)) >= 0:
        end = expression.index("}", start)
        yield expression[start + 1 : end]
        start = end
