"""What Elastic's integrations index, read from the tables of ``tests/data/elastic``.

A table says for each raw path under which name and type it is indexed. Here it becomes a mapping
for the test's index and the list of fields that a query may name.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "data" / "elastic"

STREAMS: Final[Mapping[str, str]] = {
    "aws_cloudtrail": "aws.cloudtrail",
    "github_audit": "github.audit",
    "kubernetes_audit": "kubernetes.audit_logs",
    "vault_audit": "hashicorp_vault.audit",
}
"""Log source of the registry → data stream."""

NEAREST: Final = {"constant_keyword": "keyword", "match_only_text": "text", "wildcard": "keyword"}
"""Types that the test server lacks → the type that answers the same queries the same way."""

_ROOTS: Final = {
    "aws.cloudtrail": "aws.",
    "github.audit": "github.",
    "hashicorp_vault.audit": "hashicorp_vault.",
    "kubernetes.audit_logs": "kubernetes.",
}
"""Data stream → how the names of its own fields begin; the others are ECS fields."""

_NO_FIELD: Final = {"document id", "index-name", ""}

_FLATTENED: Final = (
    "kubernetes.audit.requestObject.spec.volumes.hostPath",
    "kubernetes.audit.requestObject.spec.containers.volumeMounts",
    "kubernetes.audit.responseObject.spec.volumes.hostPath",
    "kubernetes.audit.responseObject.spec.containers.volumeMounts",
)
"""Flattened objects of which the tables list single keys."""

_NESTED: Final = (
    "kubernetes.audit.requestObject.rules",
    "kubernetes.audit.responseObject.rules",
)

_DYNAMIC: Final = (
    "github",
    "hashicorp_vault.audit",
    "kubernetes.audit.user.extra",
    "kubernetes.audit.impersonatedUser.extra",
)
"""Objects whose undeclared keys are indexed too, strings as keywords. Elsewhere they are not."""

_SEEN: Final = "mapped when first seen"
"""Note of a field that the integration does not declare."""


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    raw: str
    indexed: str
    type: str
    note: str


@dataclass(frozen=True)
class Table:
    """One data stream.

    Attributes:
        stream: ``<package>.<stream>``.
        rows: lines that name a raw path or an indexed field.
    """

    stream: str
    rows: tuple[Row, ...]

    @cached_property
    def types(self) -> dict[str, str]:
        """Indexed field → type, flattened objects by their own name. First mention wins."""
        found: dict[str, str] = {}
        for row in self.rows:
            if not row.indexed or row.type in _NO_FIELD:
                continue
            name = row.indexed.removesuffix(".*")
            if row.type != "flattened" and row.indexed.endswith(".*"):
                continue
            if row.type == "flattened":
                name = next((root for root in _FLATTENED if name.startswith(root)), name)
            if not any(_inside(name, root) for root in found if found[root] == "flattened"):
                found.setdefault(name, row.type)
        for name in _NESTED:
            if any(_inside(field, name) for field in found):
                found[name] = "nested"
        for row in self.rows:
            if row.indexed in found and "multi-field .text" in row.note:
                found.setdefault(f"{row.indexed}.text", "text")
        return found

    def type_of(self, field: str) -> str | None:
        """Type of a field that a query names; ``None`` if the table does not list it."""
        types = self.types
        if field in types:
            return types[field]
        if any(_inside(field, root) for root, type_ in types.items() if type_ == "flattened"):
            return "flattened"
        wild = {row.indexed.removesuffix(".*"): row.type for row in self.rows if row.type}
        return next(
            (wild[root] for root in _DYNAMIC if root in wild and _inside(field, root)), None
        )


def _inside(field: str, root: str) -> bool:
    return field.startswith(f"{root}.")


@cache
def table(stream: str) -> Table:
    """Read the table of a data stream."""
    with (FOLDER / f"{stream}.csv").open(newline="") as file:
        rows = [
            Row(line["raw_path"], line["elastic_path"], line["type"], line["note"])
            for line in csv.DictReader(file)
        ]
    return Table(stream, tuple(row for row in rows if row.raw or row.indexed))


def mapping(stream: str) -> dict[str, Any]:
    """Write the mapping of a data stream's index, for ``PUT /<index>``."""
    types = table(stream).types
    top: dict[str, Any] = {"dynamic": False, "properties": {}}
    for name in sorted(types):
        if (parent := name.removesuffix(".text")) != name and parent in types:
            continue  # part of its parent
        if _SEEN in _notes(stream, name):
            continue  # by Elasticsearch, from the first document
        definition = _definition(types[name], _notes(stream, name))
        if f"{name}.text" in types:
            definition["fields"] = {"text": {"type": "text"}}
        _put(top, name, definition)
    for name in _DYNAMIC:
        if f"{name}.".startswith(_ROOTS[stream]):
            _object(top, name).update(type="object", dynamic=True)
    top["dynamic_templates"] = [
        {"strings": {"match_mapping_type": "string", "mapping": _definition("keyword", "")}}
    ]
    return top


def _notes(stream: str, name: str) -> str:
    return "; ".join(row.note for row in table(stream).rows if row.indexed == name)


def _definition(type_: str, note: str) -> dict[str, Any]:
    known = NEAREST.get(type_, type_)
    if known == "nested":
        return {"type": "nested", "dynamic": True, "properties": {}}
    if known != "keyword":
        return {"type": known}
    longer = re.search(r"ignore_above (\d+)", note)
    return {"type": "keyword", "ignore_above": int(longer[1]) if longer else 1024}


def _object(top: dict[str, Any], name: str) -> dict[str, Any]:
    """Find or make the object of a dotted name."""
    holder = top
    for key in name.split("."):
        holder = holder.setdefault("properties", {}).setdefault(key, {})
    return holder


def _put(top: dict[str, Any], name: str, definition: dict[str, Any]) -> None:
    for key, value in definition.items():
        _object(top, name).setdefault(key, value)
