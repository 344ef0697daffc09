"""From a parsed value to records: which log source, which wrapping, which cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from rekey.converters.registry import LogSourceFields
from rekey.errors import RekeyError
from rekey.sources.interface import Fault, Reason
from rekey.sources.wrappers import context_of, elements, row, unknown_elements, wrapped

Record = dict[str, Any]

_UNKNOWN = Fault(Reason.UNKNOWN_SOURCE, "no known log source has these fields")


@dataclass(frozen=True, slots=True)
class Found:
    """One record: of a source, or with what is wrong."""

    record: Any
    source: str | None
    context: str | None = None
    fault: Fault | None = None


class Recogniser:
    """Knows a record by the fields that its source always writes.

    Args:
        sources: the log sources to tell apart, by name.
        forced: take everything for this one.
        depth: wrappers around wrappers that are taken off.

    Raises:
        RekeyError: the forced source is unknown.
    """

    def __init__(
        self, sources: Mapping[str, LogSourceFields], forced: str | None = None, depth: int = 4
    ) -> None:
        if forced is not None and forced not in sources:
            known = ", ".join(sources)
            raise RekeyError(f"unknown log source {forced!r}", hint=f"Known are: {known}.")
        names = [forced] if forced else sorted(sources, key=lambda n: -len(sources[n].required))
        self._depth = depth
        self._forced = forced
        self._paths = {
            name: [(field, sources[name].path(field)) for field in sources[name].required]
            for name in names
        }
        self._keys = {
            name: frozenset(path[0].removesuffix("[]") for _, path in self._paths[name])
            for name in names
        }
        self._recent: str | None = None

    def new_file(self) -> None:
        """Forget what the last file held."""
        self._recent = None

    def match(self, record: Record) -> str | None:
        """Give the source whose fields are all there; the most demanding one first."""
        keys = record.keys()
        for name, required in self._keys.items():
            if keys >= required:
                self._recent = name
                return name
        return None

    def is_plausible(self, value: Any) -> bool:
        """Say whether a value is, or holds, a record that we know."""
        return any(found.source for found in self.records(value))

    def records(self, value: Any, context: str | None = None, depth: int = 0) -> Iterator[Found]:
        """Take off all wrapping; give each record, or what stands in the way."""
        if depth > self._depth:
            yield Found(value, None, fault=Fault(Reason.TOO_DEEP, "wrapped too many times"))
        elif isinstance(value, str):
            yield from self._text(value, context, depth)
        elif isinstance(value, list):
            if (pairs := row(value)) is not None:
                yield from self.records(pairs, context, depth)
            else:
                for element in value:
                    yield from self.records(element, context, depth + 1)
        elif isinstance(value, dict):
            yield from self._object(value, context, depth)
        else:
            yield Found(value, None, fault=Fault(Reason.UNKNOWN_SOURCE, "it is no object"))

    def _object(self, value: Record, context: str | None, depth: int) -> Iterator[Found]:
        if (source := self.match(value)) is not None:
            yield Found(value, source, context)
            return
        context = context_of(value) or context
        if (held := elements(value)) is not None:
            for element in held:
                yield from self.records(element, context, depth + 1)
            return
        blocked: list[Found] = []
        for inner in chain(wrapped(value), unknown_elements(value)):
            found = list(self.records(inner, context, depth + 1))
            if any(each.source for each in found):
                yield from found
                return
            blocked = blocked or found
        yield self._unknown(value, blocked)

    def _text(self, value: str, context: str | None, depth: int) -> Iterator[Found]:
        """Read the JSON in a text; what a logger wrote before it is passed over."""
        text = value[max(value.find("{"), 0) :]
        try:
            inner = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            if not text.startswith("{"):
                fault = Fault(Reason.UNKNOWN_SOURCE, "the wrapped message is no JSON")
            elif error.pos >= len(text) - 1:
                fault = Fault(Reason.TRUNCATED, "the wrapped message ends too early")
            else:
                fault = Fault(Reason.NOT_JSON, "the wrapped message is damaged")
            yield Found(value, None, fault=fault)
        else:
            yield from self.records(inner, context, depth)

    def _unknown(self, value: Record, blocked: list[Found]) -> Found:
        """Say what is missing, where a record is nearly one of ours."""
        fault = self._nearly(value)
        if fault is None and blocked:
            fault = blocked[0].fault
        return Found(value, None, fault=fault or _UNKNOWN)

    def _nearly(self, value: Record) -> Fault | None:
        for name, paths in self._paths.items():
            missing = [field for field, path in paths if path[0] not in value]
            present = len(paths) - len(missing)
            is_near = present > 1 and 2 * present >= len(paths)
            if is_near or name == self._forced or (present and name == self._recent):
                text = f"it looks like {name}, but has no {', '.join(missing)}"
                return Fault(Reason.MISSING_FIELD, text)
        return None
