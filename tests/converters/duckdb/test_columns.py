"""Every field of every registry file can be read: its column holds what the record holds."""

from collections.abc import Iterator
from typing import Any

import pytest

from rekey.converters.duckdb.calls import calls_of
from rekey.converters.duckdb.layout import Layout, raw_fields
from rekey.converters.duckdb.plan import Plans, ScanPlan, available
from rekey.converters.registry import LogSourceFields, registry
from rekey.site import Site
from rekey.sources.interface import Segment
from rekey.store import Store
from tests.made_stores import spool

TIME = "2026-11-02T08:00:00Z"
SOURCES = pytest.mark.parametrize("source", registry().values(), ids=registry())


def value_of(source: LogSourceFields, field: str) -> Any:
    if field in source.redact_to_host:
        return f"https://{field}:secret@example.com:8443/secret?key=secret"
    match source.fields[field].type:
        case "integer":
            return 1_793_577_600_000
        case "number":
            return 1.5
        case "boolean":
            return True
        case "timestamp":
            return TIME
        case _:
            return f"the {field}"


def plant(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value where a field is; arrays hold it alone."""
    key, *rest = path
    name = key.removesuffix("[]")
    if not rest:
        document[name] = [value] if key.endswith("[]") else value
    elif key.endswith("[]"):
        plant(document.setdefault(name, [{}])[0], tuple(rest), value)
    else:
        plant(document.setdefault(name, {}), tuple(rest), value)


def leaves(source: LogSourceFields) -> Iterator[str]:
    """Fields that hold a value, and not an object over others."""
    paths = {field: source.path(field) for field in source.fields}
    for field, path in paths.items():
        if not any(other[: len(path)] == path for f, other in paths.items() if f != field):
            yield field


def full_store(source: LogSourceFields, tmp_path: Any) -> Store:
    """A store of one record that holds every field."""
    document: dict[str, Any] = {}
    for field in leaves(source):
        plant(document, source.path(field), value_of(source, field))
    layout = Layout(source, frozenset(source.fields) | available(source))
    plan = ScanPlan(layout, layout, source.pair_fields, calls_of([], layout), besides="true")
    store = Store(tmp_path, {source.name: plan}, Site())
    written = spool(tmp_path / "all.spool", [[document]])
    store.load(Segment(source.name, written, direct=False, part=0, file=0))
    return store


@SOURCES
def test_every_field_is_read(source: LogSourceFields, tmp_path: Any) -> None:
    found, wanted = {}, {}
    with full_store(source, tmp_path) as store:
        store.settle(origins=False)
        layout = store.plans[source.name].layout
        for field in set(leaves(source)) - {source.time}:
            table = store.from_clause(source.name, frozenset({field}))
            sql = f"SELECT {layout.column(field)} FROM {table}"
            (found[field],) = store.db.execute(sql).fetchone() or (None,)
            value = value_of(source, field)
            if source.fields[field].presence_only:
                value = "[redacted]"
            if field in source.redact_to_host:
                value = "https://example.com:8443"
            text = str(value).lower() if isinstance(value, bool) else str(value)
            wanted[field] = [text] if source.is_array(field) else value
    assert found == wanted


@SOURCES
def test_every_role_and_derived_field_is_an_expression_that_runs(
    source: LogSourceFields, tmp_path: Any
) -> None:
    with full_store(source, tmp_path) as store:
        store.settle(origins=True)
        layout = store.plans[source.name].layout
        for name in sorted(available(source)):
            table = store.from_clause(source.name, frozenset({name}))
            store.db.execute(f"SELECT {layout.column(name)} FROM {table}").fetchall()


@SOURCES
def test_what_names_rest_on_is_in_the_registry(source: LogSourceFields) -> None:
    for name in available(source):
        assert raw_fields(source, name) <= set(source.fields)


def test_without_rules_nothing_but_the_frame_is_kept() -> None:
    for plan in Plans([]).values():
        assert set(plan.everywhere) == set(plan.layout.source.pair_fields)
        assert plan.besides == "false"
        kept = plan.gates, plan.calls.names, plan.tracked, plan.wide, plan.hashes, plan.marks
        assert not any(kept)
