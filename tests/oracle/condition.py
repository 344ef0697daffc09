"""What a Sigma condition means, decided naively on one document.

Written from the Sigma specification (values, wildcards, modifiers, lists and maps) and from
docs/rule-standard.md, as a second opinion on every engine. Nothing here is borrowed from one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Value = str | int | bool | None
Path = Sequence[str]
"""Keys from the top of a document; a key that ends in ``[]`` holds an array."""


@dataclass(frozen=True)
class Test:
    """``field|modifier: values``: any of the values, or every one with ``all``."""

    __test__ = False

    field: str
    values: tuple[Value, ...]
    modifier: str | None = None
    every: bool = False


@dataclass(frozen=True)
class Not:
    """The document does not fulfil it."""

    inner: "Condition"


@dataclass(frozen=True)
class And:
    """All of them."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Or:
    """At least one of them."""

    parts: tuple["Condition", ...]


Condition = Test | Not | And | Or


def holds(condition: Condition, document: Mapping[str, Any], paths: Mapping[str, Path]) -> bool:
    """Say whether a document fulfils a condition; ``paths`` says where each field is."""
    match condition:
        case Not(inner):
            return not holds(inner, document, paths)
        case And(parts):
            return all(holds(part, document, paths) for part in parts)
        case Or(parts):
            return any(holds(part, document, paths) for part in parts)
        case Test(field, values, modifier, every):
            found = list(texts(document, paths[field]))
            quantifier = all if every else any
            return quantifier(_fits(found, value, modifier) for value in values)


def texts(value: Any, path: Path) -> Iterator[str]:
    """Yield every value below a path, as text. Null and the empty text are no values."""
    if not path:
        if value is not None and value != "":
            yield str(value).lower() if isinstance(value, bool) else str(value)
        return
    key, *rest = path
    below = value.get(key.removesuffix("[]")) if isinstance(value, Mapping) else None
    if not key.endswith("[]"):
        yield from texts(below, rest)
    elif isinstance(below, list):
        for element in below:
            yield from texts(element, rest)


def _fits(found: Sequence[str], value: Value, modifier: str | None) -> bool:
    """A field fits a value if any of its own values does; only null wants none at all."""
    if value is None:
        return not found
    return any(_one(text, value, modifier) for text in found)


def _one(text: str, value: str | int, modifier: str | None) -> bool:
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if modifier == "cidr":
        return _in_network(text, str(value))
    if isinstance(value, int):
        return _compares(text, value, modifier)
    before = "*" if modifier in ("contains", "endswith") else ""
    after = "*" if modifier in ("contains", "startswith") else ""
    pattern = before + value + after
    return re.fullmatch(_regex(pattern), text, re.IGNORECASE | re.DOTALL) is not None


def _compares(text: str, value: int, modifier: str | None) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    match modifier:
        case "lt":
            return number < value
        case "lte":
            return number <= value
        case "gt":
            return number > value
        case "gte":
            return number >= value
    return number == value


def _in_network(text: str, network: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address) in ip_network(network)


def _regex(pattern: str) -> str:
    r"""Read Sigma's wildcards: ``\*``, ``\?`` and ``\\`` are plain, any other backslash is too."""
    parts, at = [], 0
    while at < len(pattern):
        here = pattern[at : at + 2]
        if here in (r"\*", r"\?", r"\\"):
            parts.append(re.escape(here[1]))
            at += 2
            continue
        parts.append({"*": ".*", "?": "."}.get(here[0]) or re.escape(here[0]))
        at += 1
    return "".join(parts)
