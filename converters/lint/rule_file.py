"""A rule file as the linter sees it: raw documents with the line of everything in them.

Nothing here trusts the shape of a document: a value that should be a mapping and is none reads as
an empty one, and the structure checks say so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rekey.converters.registry import LogSourceFields, for_logsource
from rekey.errors import Place
from rekey.yaml_file import Locate, Steps, read_yaml_documents


def mapping(value: object) -> dict[str, Any]:
    """Give a mapping with text keys; anything else reads as empty."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """Give a list; a plain value reads as a list of one, nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a detection: a field with modifiers, and its values."""

    identifier: str
    steps: Steps
    field: str | None
    """``None`` for a keyword search."""
    modifiers: tuple[str, ...]
    values: list[Any]


@dataclass(frozen=True)
class Part:
    """One YAML document of a rule file."""

    file: Path
    data: dict[str, Any]
    locate: Locate

    def place(self, *steps: str | int) -> Place:
        """Give the line of a value, or of its nearest known parent."""
        return Place(self.file, self.locate(steps))

    @property
    def name(self) -> str:
        """The name by which a correlation refers to it; empty without one."""
        return str(self.data.get("name") or "")

    @property
    def detection(self) -> dict[str, Any]:
        """The selections and the condition."""
        return mapping(self.data.get("detection"))

    @property
    def correlation(self) -> dict[str, Any]:
        """The correlation, empty in a base rule."""
        return mapping(self.data.get("correlation"))

    @property
    def directives(self) -> dict[str, Any]:
        """What stands under ``x-rekey``."""
        return mapping(self.data.get("x-rekey"))

    @cached_property
    def source(self) -> LogSourceFields | None:
        """The registry of its log source, if there is one."""
        named = mapping(self.data.get("logsource"))
        return for_logsource(_text(named.get("product")), _text(named.get("service")))

    def items(self) -> Iterator[Item]:
        """Yield every line of every selection, also those in lists."""
        for identifier, definition in self.detection.items():
            if identifier != "condition":
                yield from _items(identifier, definition, ("detection", identifier))


@dataclass(frozen=True)
class RuleFile:
    """One rule: its documents, in the order of the file."""

    path: str
    """``<product>/<rule>``."""
    file: Path
    parts: tuple[Part, ...]

    @cached_property
    def events(self) -> tuple[Part, ...]:
        """Documents that look at events."""
        return tuple(part for part in self.parts if "detection" in part.data)

    @cached_property
    def correlations(self) -> tuple[Part, ...]:
        """Documents that correlate."""
        return tuple(part for part in self.parts if "correlation" in part.data)

    @property
    def head(self) -> Part:
        """The document that is the rule: the correlation, else the last one."""
        return self.correlations[0] if self.correlations else self.parts[-1]

    @property
    def bases(self) -> tuple[Part, ...]:
        """Base rules; empty for a rule on single events."""
        return self.events if self.correlations else ()

    @property
    def kind(self) -> str:
        """As in :class:`rekey.converters.rule.Kind`; unknown types stand as they are."""
        for kind in ("first_seen", "dormant"):
            if kind in self.head.directives:
                return kind
        return str(self.head.correlation.get("type", "single"))

    @cached_property
    def sources(self) -> tuple[LogSourceFields, ...]:
        """Known log sources that the rule reads, each once."""
        found = {part.source.name: part.source for part in self.events if part.source}
        return tuple(found.values())


def read_rule_file(path: str, file: Path) -> RuleFile:
    """Read a rule file without judging it.

    Raises:
        RekeyError: unreadable, not YAML, over a bound.
    """
    documents = read_yaml_documents(file)
    parts = [
        Part(file, {str(key): value for key, value in document.data.items()}, document.locate)
        if isinstance(document.data, dict)
        else Part(file, {}, document.locate)
        for document in documents
    ]
    return RuleFile(path, file, tuple(parts))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _items(identifier: str, definition: object, steps: tuple[str | int, ...]) -> Iterator[Item]:
    if isinstance(definition, dict):
        for key, value in definition.items():
            field, *modifiers = str(key).split("|")
            values = value if isinstance(value, list) else [value]
            inner = (*steps, str(key))
            yield Item(identifier, inner, field or None, tuple(modifiers), values)
    elif isinstance(definition, list) and any(isinstance(item, dict) for item in definition):
        for index, item in enumerate(definition):
            yield from _items(identifier, item, (*steps, index))
    else:
        yield Item(identifier, steps, None, (), sequence(definition))
