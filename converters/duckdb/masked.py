"""Secrets below heavy keys, blanked while a record is being read: nothing of them enters the store."""

from collections.abc import Sequence

from rekey.converters.duckdb.layout import Layout
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import HOST

_BLANK = "[redacted]"


def masked(layout: Layout, root: str) -> str:
    """Write a heavy key where secrets that are asked for say only that they are there.

    Of addresses whose host may stay, scheme and host are left.
    """
    source, sql = layout.source, name(root)
    for raw in layout.raw:
        top, *below = source.path(raw)
        keeps_host = raw in source.redact_to_host
        if top.removesuffix("[]") != root or not (keeps_host or source.fields[raw].presence_only):
            continue
        found = f"json_extract_string({sql}, {literal(_json_path(below))})"
        left = _host(found) if keeps_host else literal(_BLANK)
        sql = (
            f"CASE WHEN {found} IS NOT NULL"
            f" THEN json_merge_patch({sql}, {_nested(below, left)}) ELSE {sql} END"
        )
    return sql


def _nested(keys: Sequence[str], value: str) -> str:
    """Write a value below its keys, as JSON."""
    return value if not keys else f"json_object({literal(keys[0])}, {_nested(keys[1:], value)})"


def _json_path(keys: Sequence[str]) -> str:
    return "$." + ".".join(f'"{key}"' for key in keys)


def _host(value: str) -> str:
    """Give scheme and host of an address; of anything else nothing."""
    parts = [f"regexp_extract({value}, {literal(HOST)}, {group})" for group in (1, 2)]
    return f"coalesce(nullif({' || '.join(parts)}, ''), {literal(_BLANK)})"
