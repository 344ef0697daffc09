"""YAML from people: bounded, strict, and with the line of everything in it.

Site files, rules, registry files and provenance files are all read here. A document that is too
large, too deep or built to explode through aliases is refused before it is built; a key that
stands twice is an error, because YAML would silently keep the last one.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rekey.errors import Place, RekeyError

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 40
MAX_ALIASES: Final = 16
MAX_NODES: Final = 200_000
"""Counted with aliases expanded."""

_REMEMBERED: Final = 1024

_MAPPING: Final = ("must be keys and values", "Write one `key: value` on each line below it.")
_LIST: Final = ("must be a list", "Begin each of its lines with a dash: `- value`.")
_PLAINLY: Final = {
    "extra_forbidden": (
        "unknown key", "Look for a slip of the pen, or for an older file format.",
    ),
    "missing": ("is missing", None),
    "string_type": ("must be text", "Put it in quotes: YAML takes it for something else."),
    "dict_type": _MAPPING, "model_type": _MAPPING, "list_type": _LIST, "tuple_type": _LIST,
}  # fmt: skip
"""Errors of pydantic that people see most, in words of YAML: message and hint."""

_WORDS: Final = {
    "Input should be": "must be", "Input is": "is",
    "String should match pattern": "must have the form",
}  # fmt: skip

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one, where it was built

Steps = Sequence[str | int]
"""Keys and indices from the top of a document."""

Locate = Callable[[Steps], int]
"""Gives the line (from 1) of a value, or of its nearest known parent."""

Model = TypeVar("Model", bound=BaseModel)


class YamlDocument(NamedTuple):
    """One document: plain data, and where each part of it stands."""

    data: Any
    locate: Locate


def read_yaml(path: Path, content: bytes | None = None) -> YamlDocument:
    """Read a file that holds exactly one document.

    Args:
        path: of the file.
        content: its bytes, where they were read already (:func:`read_bytes`) and may be another's
            when they are read again.

    Raises:
        RekeyError: unreadable, not YAML, over a bound, or not one document.
    """
    documents = _documents(path, read_bytes(path) if content is None else content)
    if len(documents) != 1:
        raise RekeyError(
            f"holds {len(documents)} YAML documents instead of one",
            place=Place(path),
            hint="Remove the lines '---' that separate documents." if documents else None,
        )
    return documents[0]


def read_yaml_documents(path: Path) -> list[YamlDocument]:
    """Read all documents of a file; empty ones are left out. What they hold must not be changed.

    Raises:
        RekeyError: unreadable, not YAML, or over a bound.
    """
    return list(_known(path, read_bytes(path)))


@lru_cache(_REMEMBERED)
def _known(path: Path, content: bytes) -> tuple[YamlDocument, ...]:
    """Parse once what a run reads twice: the heads of all rules first, and then the rules."""
    return tuple(_documents(path, content))


def _documents(path: Path, content: bytes) -> list[YamlDocument]:
    text = _decoded(path, content)
    try:
        _check_bounds(text, path)
        nodes = list(yaml.compose_all(text, Loader=_Loader))
        return [_document(node, path) for node in nodes if not _is_empty(node)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise RekeyError(f"not YAML: {error.problem}", place=Place(path, line)) from error
    except yaml.YAMLError as error:
        raise RekeyError("not YAML: it holds a control character", place=Place(path)) from error
    except ValueError as error:  # such as 2026-02-30, which looks like a date and is none
        raise RekeyError(f"holds an impossible value: {error}", place=Place(path)) from error


def read_model(
    path: Path, model: type[Model], content: bytes | None = None
) -> tuple[Model, Locate]:
    """Read a file of one document into a pydantic model; ``content`` as for :func:`read_yaml`.

    Raises:
        RekeyError: as :func:`read_yaml`, or the first value that the model refuses.
    """
    document = read_yaml(path, content)
    return fitted(document.data, model, path, document.locate), document.locate


def fitted(data: Any, model: type[Model], path: Path, locate: Locate, at: Steps = ()) -> Model:
    """Read a part of a document into a pydantic model; ``at`` is where in the document it stands.

    Raises:
        RekeyError: the first value that the model refuses.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        _refuse(error, path, locate, at)


def _refuse(error: ValidationError, path: Path, locate: Locate, at: Steps) -> NoReturn:
    first, *more = error.errors(include_url=False, include_input=False)
    steps = (*at, *first["loc"])
    where = ".".join(str(step) for step in steps if not _is_inner(step))
    plainly = first["msg"].removeprefix("Value error, ")
    for inner, plain in _WORDS.items():
        plainly = plainly.replace(inner, plain)
    message, hint = _PLAINLY.get(first["type"], (plainly, None))
    if more and hint is None:
        hint = f"Further values of this file that are wrong: {len(more)}."
    raise RekeyError(
        f"{where}: {message}" if where else message,
        place=Place(path, locate(steps)),
        hint=hint,
    ) from error


def _is_inner(step: str | int) -> bool:
    """Say whether a step is pydantic's own, such as ``tuple[constrained-str, ...]``, and no key."""
    return isinstance(step, str) and "[" in step


def read_bytes(path: Path) -> bytes:
    """Read the bytes of a file, bounded.

    Raises:
        RekeyError: unreadable, or too large.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be read", place=Place(path)) from error
    if len(raw) > MAX_BYTES:
        raise RekeyError(f"is larger than {MAX_BYTES:,} bytes", place=Place(path))
    return raw


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RekeyError("is not UTF-8 text", place=Place(path, line)) from error


def _check_bounds(text: str, path: Path) -> None:
    """Look at the stream of events, which costs no recursion and builds nothing."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        aliases += isinstance(event, AliasEvent)
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            what = f"{MAX_DEPTH} levels deep" if depth > MAX_DEPTH else f"{MAX_ALIASES} aliases"
            line = event.start_mark.line + 1 if event.start_mark else None
            raise RekeyError(f"has more than {what}", place=Place(path, line))


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == ""


def _document(root: Node, path: Path) -> YamlDocument:
    # Walked before construction, which rewrites the nodes of merge keys.
    lines: dict[Steps, int] = {}
    for steps, line in _walk(root, (), root.start_mark.line + 1, path, ()):
        lines[steps] = line
        if len(lines) > MAX_NODES:
            raise RekeyError(f"holds more than {MAX_NODES:,} values", place=Place(path))

    def locate(steps: Steps) -> int:
        known = tuple(steps)
        while known not in lines:
            known = known[:-1]
        return lines[known]

    try:
        return YamlDocument(SafeConstructor().construct_document(root), locate)
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:
        # PyYAML's own conversions, of a value that carries a tag (!!int "") and is none.
        raise RekeyError(
            "holds a value that is not what its tag says", place=Place(path)
        ) from error


def _walk(
    node: Node, steps: tuple[str | int, ...], line: int, path: Path, parents: tuple[int, ...]
) -> Iterator[tuple[Steps, int]]:
    """Yield the line of each value; a value in a mapping has the line of its key."""
    if id(node) in parents:
        raise RekeyError("an alias holds itself", place=Place(path, line))
    yield steps, line
    inner = (*parents, id(node))
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*steps, index), item.start_mark.line + 1, path, inner)
    elif isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else "a key that is no plain value"
            line = key.start_mark.line + 1
            if name in seen:
                raise RekeyError(f"the key {name!r} stands twice", place=Place(path, line))
            seen.add(name)
            yield from _walk(value, (*steps, name), line, path, inner)
