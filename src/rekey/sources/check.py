"""Is this a record that the typed scan can take? What a source never writes is rejected here."""

from typing import Any, Final

from rekey.converters.registry import FieldType, LogSourceFields
from rekey.sources.interface import Fault, Reason
from rekey.sources.shape import fit, kind, shape
from rekey.sources.times import is_sane_ms, is_sane_text

_JSON_TYPES: Final[dict[FieldType, tuple[type, ...]]] = {
    "string": (str,),
    "ip": (str,),
    "timestamp": (str,),
    "integer": (int, str),
    "number": (int, float, str),
    "boolean": (bool, str),
    "object": (dict, list),
}


class Checker:
    """The checks of one source, compiled from its registry file."""

    def __init__(self, source: LogSourceFields) -> None:
        self._required = tuple(
            (name, *_keys(source, name), _JSON_TYPES[source.fields[name].type])
            for name in source.required
        )
        self._time = source.time, *_keys(source, source.time)
        self._judge = is_sane_ms if source.fields[source.time].type == "integer" else is_sane_text
        self._last_good: Any = object()
        self._root = shape(source)

    def fault(self, record: dict[str, Any]) -> Fault | None:
        """Say what is wrong with a record; mend in place what may be mended."""
        for name, key, below, types in self._required:
            value = record.get(key)
            if below:
                value = _at(value, below)
            if value.__class__ not in types:
                if value is None:
                    return Fault(Reason.MISSING_FIELD, f"no {name}")
                return Fault(Reason.WRONG_TYPE, f"{name} is {kind(value)}")
        return self._time_fault(record) or fit(record, self._root, record)

    def _time_fault(self, record: dict[str, Any]) -> Fault | None:
        name, key, below = self._time
        value = _at(record.get(key), below)
        if value == self._last_good:  # records come in the order of time: often the same second
            return None
        sane = self._judge(value)
        if sane:
            self._last_good = value
            return None
        if value is None:
            return Fault(Reason.ABSURD_TIME, f"no {name}")
        what = "is no time" if sane is None else "lies outside 2005 to 2099"
        return Fault(Reason.ABSURD_TIME, f"{name} {what}")


def _keys(source: LogSourceFields, name: str) -> tuple[str, tuple[str, ...]]:
    """The top-level key of a field, and the keys below it."""
    first, *below = (key.removesuffix("[]") for key in source.path(name))
    return first, tuple(below)


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if value.__class__ is not dict:
            return None
        value = value.get(key)
    return value
