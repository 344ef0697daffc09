"""Lookup tables: KV store collections and CSV files, behind the names of ``transforms.conf``.

https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Transformsconf, "Lookup tables", and
https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Collectionsconf
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from itertools import count

from tests.spl.conf import Stanzas
from tests.spl.refusal import Refused
from tests.spl.values import Row, Scalar, several, text

_KNOWN = {
    "external_type", "collection", "fields_list", "filename", "case_sensitive_match", "match_type",
    "max_matches", "min_matches", "default_match",
}  # fmt: skip
_MATCH_TYPE = re.compile(r"(WILDCARD|CIDR|EXACT)\(([^)]*)\)")


@dataclass
class Table:
    """The rows of a lookup.

    Attributes:
        name: name in ``transforms.conf``.
        fields: columns that it may hold.
        keyed: it is a KV store collection, whose rows have a ``_key``.
        ignore_case: keys match without regard to case.
        match_types: column → WILDCARD or CIDR; others match exactly.
        max_matches: how many rows may match.
    """

    name: str
    fields: tuple[str, ...]
    keyed: bool
    ignore_case: bool = False
    match_types: dict[str, str] = field(default_factory=dict)
    max_matches: int = 1000
    rows: list[Row] = field(default_factory=list)
    _keys: Iterable[int] = field(default_factory=count)

    def test(self, column: str, wanted: Scalar) -> Callable[[Row], bool]:
        """A test whether a column of a row fits a value of an event."""
        kind = self.match_types.get(column, "EXACT")
        value = self._case(text(wanted))

        def fits(row: Row) -> bool:
            return any(
                _fits(kind, self._case(text(cell)), value) for cell in several(row.get(column))
            )

        return fits

    def _case(self, value: str) -> str:
        return value.lower() if self.ignore_case else value

    def put(self, row: Row) -> None:
        """Add a row; in a collection it replaces the one with the same ``_key``."""
        kept = {name: value for name, value in row.items() if name in {*self.fields, "_key"}}
        if self.keyed:
            kept.setdefault("_key", f"generated-{next(iter(self._keys))}")
            self.rows[:] = [old for old in self.rows if old["_key"] != kept["_key"]]
        self.rows.append(kept)


def _fits(kind: str, cell: str, value: str) -> bool:
    if kind == "WILDCARD":
        return (
            re.fullmatch(".*".join(map(re.escape, cell.split("*"))), value, re.DOTALL) is not None
        )
    if kind == "CIDR":
        try:
            return ip_address(value) in ip_network(cell, strict=False)
        except ValueError:
            return False
    return cell == value


@dataclass
class Lookups:
    """All tables by name."""

    tables: dict[str, Table] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        """The table of a name.

        Raises:
            Refused: it is not defined.
        """
        if name not in self.tables:
            raise Refused(f"the lookup {name} is not defined")
        return self.tables[name]


def lookups_of(
    transforms: Stanzas, collections: Stanzas, files: Callable[[str], list[Row]]
) -> Lookups:
    """Make the lookups that an app defines; collections are empty.

    Args:
        transforms: ``transforms.conf``.
        collections: ``collections.conf``.
        files: reads a CSV file of the app by its name.

    Raises:
        Refused: a setting is unknown, or a collection is missing.
    """
    tables = {}
    for name, settings in transforms.items():
        if "collection" not in settings and "filename" not in settings:
            continue
        if unknown := set(settings) - _KNOWN:
            raise Refused(f"the lookup {name} has unknown settings {sorted(unknown)}")
        tables[name] = _table(name, settings)
        if tables[name].keyed and settings["collection"] not in collections:
            raise Refused(f"the collection {settings['collection']} is not defined")
        if not tables[name].keyed:
            rows = files(settings["filename"])
            tables[name].rows.extend(rows)
            tables[name].fields = tuple({column: None for row in rows for column in row})
    return Lookups(tables)


def _table(name: str, settings: dict[str, str]) -> Table:
    if settings.get("min_matches", "0") != "0" or settings.get("default_match"):
        raise Refused(f"the lookup {name} has a default match")
    return Table(
        name,
        tuple(f.strip() for f in settings.get("fields_list", "").split(",")),
        keyed=settings.get("external_type") == "kvstore",
        ignore_case=settings.get("case_sensitive_match", "true").lower() in ("false", "0"),
        match_types={f.strip(): k for k, f in _MATCH_TYPE.findall(settings.get("match_type", ""))},
        max_matches=int(settings.get("max_matches", "1000")),
    )
