"""A record rebuilt from what Elastic kept of it, where the original text was not.

What the integration keeps whole stands in the document, indexed or not; the rest is the registry's
mapping, read backwards. What the integration drops is lost, what it changes stays changed, and
fields of several elements are put together by their position. So a case that rests on such records
says that they are not what was logged.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rekey.converters.registry import Kept, LogSourceFields, RawField


@dataclass(frozen=True)
class _Way:
    """From an indexed field back to a raw one."""

    field: RawField
    path: tuple[str, ...]
    is_time: bool


class Rebuilder:
    """Rebuilds the records of one log source."""

    def __init__(self, source: LogSourceFields) -> None:
        self._kept = source.elastic_kept
        paths = [source.path(name) for name in source.fields]
        self._dotted = {path[:2]: path[1] for path in paths if len(path) > 1 and "." in path[1]}
        self._ways: dict[str, list[_Way]] = {}
        for name, field in source.fields.items():
            if field.elastic is not None and field.type != "object":
                way = _Way(field, source.path(name), name == source.time)
                self._ways.setdefault(field.elastic, []).append(way)
        # The deepest first: see ``_chosen``.
        for ways in self._ways.values():
            ways.sort(key=lambda way: -len(way.path))

    def record(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Rebuild a record from the source of a document."""
        made = self._whole(document)
        whole = {part.raw for part in self._kept if part.raw in made}
        missing = {
            name: [way for way in ways if way.path[0] not in whole and not _holds(made, way.path)]
            for name, ways in self._ways.items()
        }
        for name, ways in sorted(missing.items(), key=lambda item: len(item[1])):
            way = _chosen(ways, made) if len(ways) > 1 else next(iter(ways), None)
            value = value_at(document, name) if way else None
            if way is None or value is None:
                continue
            values = value if isinstance(value, list) else [value]
            raw = [_raw(each, way.field, is_time=way.is_time) for each in values]
            _put(made, way.path, [each for each in raw if each is not None])
        return made

    def _whole(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Give what the document keeps as it was logged."""
        made: dict[str, Any] = {}
        for part in self._kept:
            found = value_at(document, part.elastic)
            if isinstance(found, Mapping):
                own = self._own(part, found)
                made |= {part.raw: own} if part.raw else own
        return made

    def _own(self, part: Kept, found: Mapping[str, Any]) -> dict[str, Any]:
        """Take off what the integration adds, and give keys that it renamed their dots again."""
        own = copy.deepcopy({key: value for key, value in found.items() if key not in part.added})
        renamed = own.get(part.dedotted) if part.dedotted else None
        if isinstance(renamed, dict):
            known = {
                dotted.replace(".", "_"): dotted
                for (key, _), dotted in self._dotted.items()
                if key == part.dedotted
            }
            own[str(part.dedotted)] = {known.get(key, key): each for key, each in renamed.items()}
        return own


def _holds(record: Mapping[str, Any], path: Sequence[str]) -> bool:
    """Say whether a record has something at a path, as far as its first array."""
    node: Any = record
    for key in path:
        name = key.removesuffix("[]")
        if not isinstance(node, Mapping) or name not in node:
            return False
        if name != key:
            return True
        node = node[name]
    return True


def _chosen(ways: Sequence[_Way], made: Mapping[str, Any]) -> _Way | None:
    """Choose among raw fields that were indexed under one name.

    It is the deepest one of which the object is there anyhow: the name of a role, where the record
    tells of a role, else that of the user. A field is never put into an object that the record may
    not have had.
    """
    for way in ways:
        holder: Any = made
        for key in way.path[:-1]:
            holder = holder.get(key) if isinstance(holder, Mapping) else None
        if isinstance(holder, Mapping):
            return way
    return None


def value_at(document: Any, name: str) -> Any:
    """Find a dotted name; a document may hold it as objects, as one key, or mixed."""
    if not isinstance(document, Mapping):
        return None
    if name in document:
        return document[name]
    keys = name.split(".")
    for end in range(1, len(keys)):
        below = document.get(".".join(keys[:end]))
        rest = ".".join(keys[end:])
        if isinstance(below, list):
            found = [v for v in (value_at(each, rest) for each in below) if v is not None]
            if found:
                return found
        elif (value := value_at(below, rest)) is not None:
            return value
    return None


def _raw(value: Any, field: RawField, *, is_time: bool) -> Any:
    """Give a value the type that its source writes; ``None`` where it cannot have it."""
    try:
        match field.type:
            case "boolean":
                return value if isinstance(value, bool) else {"true": True, "false": False}[value]
            case "integer" if is_time and isinstance(value, str):
                return int(datetime.fromisoformat(value).timestamp() * 1000)
            case "integer":
                return int(value)
            case "number":
                return float(value)
    except (KeyError, TypeError, ValueError):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return None if isinstance(value, Mapping | list) else str(value)


def _put(record: dict[str, Any], path: Sequence[str], values: list[Any]) -> None:
    """Put values at a path; below an array each element gets the value of its position."""
    if not values:
        return
    key, *below = path
    name = key.removesuffix("[]")
    if not below:
        record[name] = values if key.endswith("[]") else values[0]
    elif key.endswith("[]"):
        elements = record.setdefault(name, [])
        alone = not any(each.endswith("[]") for each in below)
        shares = [[value] for value in values] if alone else [values]
        elements.extend({} for _ in range(len(shares) - len(elements)))
        for element, share in zip(elements, shares, strict=False):
            _put(element, below, share)
    else:
        holder = record.setdefault(name, {})
        if isinstance(holder, dict):
            _put(holder, below, values)
