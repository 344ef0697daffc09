"""From the field registry to a typed scan: which columns to read, and how a name is computed.

A *light* field is read for every event. A *heavy* one lies under a top-level key that the registry
calls heavy (``requestParameters``, ``requestObject``, …): taking those apart for every event would
cost more than everything else together, so that is done for events that are read in full only.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import (
    COMMON_DERIVED,
    CONTEXT,
    Expression,
    LogSourceFields,
    placeholders,
)

_NOBODY: Final = "rekey.nobody"
"""A key that no object has: where it stands, there must be an object."""

Tree = dict[str, "Tree | None"]
"""Keys of the document to read; ``None`` at a leaf. Array keys end in ``[]``."""


@dataclass(frozen=True)
class Layout:
    """The columns of one source that a set of names needs.

    Attributes:
        names: raw, derived or role names that will be asked for.
        stored: expressions over light fields that the table holds as columns, worked out once.
    """

    source: LogSourceFields
    names: frozenset[str]
    stored: frozenset[str] = frozenset()
    raw: tuple[str, ...] = field(init=False)
    """Raw fields that the names rest on, in registry order."""

    def __post_init__(self) -> None:
        """Resolve names to raw fields once."""
        wanted = {raw for each in self.names for raw in raw_fields(self.source, each)}
        ordered = tuple(f for f in self.source.fields if f in wanted)
        object.__setattr__(self, "raw", ordered)

    def is_heavy(self, raw: str) -> bool:
        """Say whether a raw field lies under a heavy key."""
        return self._root(raw) in self.source.heavy

    def is_light(self, field: str) -> bool:
        """Say whether a name is that of a light field."""
        return field in self.source.fields and not self.is_heavy(field)

    def is_heavy_name(self, each: str) -> bool:
        """Say whether a name rests on a heavy field."""
        return any(self.is_heavy(raw) for raw in raw_fields(self.source, each))

    def _root(self, raw: str) -> str:
        return self.source.path(raw)[0].removesuffix("[]")

    @property
    def light(self) -> tuple[str, ...]:
        """Raw fields read for every event."""
        return tuple(f for f in self.raw if not self.is_heavy(f))

    @property
    def heavy_roots(self) -> tuple[str, ...]:
        """Top-level keys read only behind the gate."""
        roots = dict.fromkeys(self._root(f) for f in self.raw if self.is_heavy(f))
        return tuple(roots)

    @property
    def computed(self) -> "Layout":
        """The same layout where nothing but raw fields is stored yet."""
        return replace(self, stored=frozenset())

    def json_columns(self) -> dict[str, str]:
        """Top-level key → DuckDB type, for ``read_json(columns=…)``."""
        return _types(self.source.path(f) for f in self.light) | dict.fromkeys(
            self.heavy_roots, "JSON"
        )

    def survey_columns(self, asked: Collection[str], heavy: Collection[str]) -> dict[str, str]:
        """The same for a reading of a few light fields, in which wrong JSON types show all the same.

        Of the other light fields only the objects around them are read, and lists.
        """
        paths = []
        for each in self.light:
            *around, key = self.source.path(each)
            if each in asked or key.endswith("[]"):
                paths.append((*around, key))
            elif around:
                paths.append((*around, _NOBODY))
        return _types(paths) | dict.fromkeys(heavy, "JSON")

    def light_expression(self, raw: str) -> str:
        """Read a light field out of the scanned document."""
        return _cast(self.source, raw, _walk(self.source.path(raw)))

    def cast(self, raw: str, sql: str) -> str:
        """Give a text the type of a raw field."""
        return _cast(self.source, raw, sql)

    def heavy_structure(self, root: str) -> str:
        """The JSON structure of a heavy key, for ``json_transform``."""
        paths = [self.source.path(f) for f in self.raw if self._root(f) == root]
        ((key, below),) = _tree(paths).items()
        return _structure(key, below)

    def column(self, each: str) -> str:
        """The SQL of a name, over the columns of the store's table.

        Raises:
            KeyError: neither a raw field, nor derived, nor a role.
        """
        if each == CONTEXT:
            return name(CONTEXT)
        if each in self.source.fields:
            if self.is_heavy(each):
                return _cast(self.source, each, _walk(self.source.path(each)))
            return name(each)
        if each in COMMON_DERIVED or each == "actor.kind":
            return _common(each, self)
        if each in self.stored:
            return name(each)
        return self._computed(each)

    def _computed(self, each: str) -> str:
        role = self.source.derived.get(each) or self.source.roles[each]
        if isinstance(role, Expression):
            return "(" + self.fill(role.duckdb or "NULL") + ")"
        columns = [f"nullif(CAST({self.column(part)} AS VARCHAR), '')" for part in role]
        return columns[0] if len(columns) == 1 else f"coalesce({', '.join(columns)})"

    def fill(self, expression: str) -> str:
        """Replace ``{raw.field}`` by the column."""
        return re.sub(r"\{([^{}]+)\}", lambda match: self.column(match[1]), expression)

    def source_kind(self) -> str:
        """The registry's own ``actor.kind``, before the site's word on it."""
        if "actor.kind" in self.stored:
            return name("actor.kind")
        kind = self.source.derived.get("actor.kind")
        return "(" + self.fill(kind.duckdb) + ")" if kind and kind.duckdb else "'unknown'"


def _common(each: str, layout: Layout) -> str:
    """Fields that come from the joined tables of addresses and identities."""
    if each == "actor.kind":
        return f"coalesce(site_actor.kind, {layout.source_kind()})"
    if each == "origin.expected":
        return "site_egress.expected"
    return f"origin.{each.removeprefix('origin.')}"


def is_known(source: LogSourceFields, each: str) -> bool:
    """Say whether a rule may use this name."""
    return (
        each in source.fields
        or each in source.derived
        or each in source.roles
        or each in COMMON_DERIVED
        or each == CONTEXT
    )


def raw_fields(source: LogSourceFields, each: str) -> set[str]:
    """Raw fields that a name rests on, through derived fields and roles."""
    if each in source.fields:
        return {each}
    if each == CONTEXT:
        return set()
    if each in ("origin.network", "origin.scope"):
        return raw_fields(source, "origin.ip") if "origin.ip" in source.roles else set()
    if each == "origin.expected":
        names = [n for n in ("origin.ip", "actor.id") if n in source.roles]
        return {raw for n in names for raw in raw_fields(source, n)}
    role = source.derived.get(each) or source.roles.get(each)
    if role is None:
        return set()
    parts: Iterable[str] = placeholders(role.duckdb or "") if isinstance(role, Expression) else role
    found = {raw for part in parts for raw in raw_fields(source, part)}
    if each == "actor.kind" and "actor.id" in source.roles:
        found |= raw_fields(source, "actor.id")
    return found


def atoms(source: LogSourceFields, each: str) -> set[str]:
    """Columns from which a name is read: raw fields, and expressions over light fields.

    An expression that rests on a heavy field is never a column: it stands for its raw fields.
    """
    if each in source.fields or each == CONTEXT:
        return {each} - {CONTEXT}
    if each in COMMON_DERIVED:
        inputs = ("origin.ip", "actor.id") if each == "origin.expected" else ("origin.ip",)
        return {atom for n in inputs if n in source.roles for atom in atoms(source, n)}
    role = source.derived.get(each) or source.roles.get(each)
    if role is None:
        return set()
    if not isinstance(role, Expression):
        return {atom for part in role for atom in atoms(source, part)}
    raws = {raw for n in placeholders(role.duckdb or "") for raw in raw_fields(source, n)}
    light = all(source.path(raw)[0].removesuffix("[]") not in source.heavy for raw in raws)
    found = {each} if light else raws
    # The site's word on an identity is found by the identity.
    asked = each == "actor.kind" and "actor.id" in source.roles
    return found | (atoms(source, "actor.id") if asked else set())


def _types(paths: Iterable[tuple[str, ...]]) -> dict[str, str]:
    tree = _tree(paths)
    return {key.removesuffix("[]"): _type(key, below) for key, below in tree.items()}


def _tree(paths: Iterable[tuple[str, ...]]) -> Tree:
    tree: Tree = {}
    for path in paths:
        level = tree
        for key in path[:-1]:
            below = level.get(key)
            if below is None:
                below = level[key] = {}
            level = below
        level.setdefault(path[-1], None)
    return tree


def _type(key: str, below: Tree | None) -> str:
    inner = "VARCHAR"
    if below is not None:
        parts = (f"{name(k.removesuffix('[]'))} {_type(k, b)}" for k, b in below.items())
        inner = f"STRUCT({', '.join(parts)})"
    return inner + ("[]" if key.endswith("[]") else "")


def _structure(key: str, below: Tree | None) -> str:
    inner = '"VARCHAR"'
    if below is not None:
        parts = (f'"{k.removesuffix("[]")}": {_structure(k, b)}' for k, b in below.items())
        inner = "{" + ", ".join(parts) + "}"
    return f"[{inner}]" if key.endswith("[]") else inner


def _walk(path: Collection[str]) -> str:
    """Struct access along a path; below an array, over all its elements, flattened."""
    first, *rest = path
    return _step(name(first.removesuffix("[]")), first.endswith("[]"), rest, 0)


def _step(sql: str, in_array: bool, rest: list[str], depth: int) -> str:
    if not rest:
        return sql
    key, *more = rest
    if not in_array:
        return _step(f"{sql}.{name(key.removesuffix('[]'))}", key.endswith("[]"), more, depth)
    element = f"e{depth}"
    inner = _step(f"{element}.{name(key.removesuffix('[]'))}", key.endswith("[]"), more, depth + 1)
    mapped = f"list_transform({sql}, lambda {element}: {inner})"
    nested = any(part.endswith("[]") for part in rest)
    return f"flatten({mapped})" if nested else mapped


def _cast(source: LogSourceFields, raw: str, sql: str) -> str:
    """Give numbers and booleans their type; values that are none become null."""
    kind = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}.get(
        source.fields[raw].type
    )
    if kind is None or source.is_array(raw):
        return sql
    return f"try_cast({sql} AS {kind})"


def columns_argument(columns: dict[str, str]) -> str:
    """Write the ``columns`` argument of ``read_json``."""
    return "{" + ", ".join(f"{name(k)}: {literal(v)}" for k, v in columns.items()) + "}"
