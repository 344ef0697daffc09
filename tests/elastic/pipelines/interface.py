"""One pipeline: what it drops, what it does itself, and what of it is left out here."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.elastic.tables import Row


class Pipeline:
    """How one data stream is filled.

    Attributes:
        stream: ``<package>.<stream>``.
        itself: (raw path, indexed field) of lines whose note sets a condition: :meth:`finish`
            fills them.
        left_out: beginnings of indexed fields that are not filled here → why. A rule that asks for
            one cannot be proven.
        names_documents: a second delivery of a record overwrites the first (:meth:`document_id`).
    """

    stream: ClassVar[str]
    itself: ClassVar[frozenset[tuple[str, str]]] = frozenset()
    left_out: ClassVar[Mapping[str, str]] = {}
    names_documents: ClassVar[bool] = False

    def clean(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Give a record without what the pipeline removes first."""
        return dict(record)

    def start(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Give the document before any field is copied."""
        return {}

    def copies(self, row: Row) -> bool:
        """Say whether a line of the table is a plain copy."""
        return (row.raw, row.indexed) not in self.itself and self.lacks(row.indexed) is None

    def lacks(self, field: str) -> str | None:
        """Say why a field is not filled here, if it is not."""
        return next((why for name, why in self.left_out.items() if field.startswith(name)), None)

    def finish(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Fill what is more than a copy."""

    def document_id(self, record: Mapping[str, Any]) -> str | None:
        """Give the ``_id`` that makes a second delivery overwrite the first, if there is one."""
        return None


def without(node: Any, empty: Callable[[Any], bool]) -> Any:
    """Copy a record without empty values, and without what becomes empty by that."""
    if isinstance(node, Mapping):
        made = {key: without(value, empty) for key, value in node.items()}
        return {key: value for key, value in made.items() if not _nothing(value, empty)}
    if isinstance(node, list):
        items = [without(item, empty) for item in node]
        return [item for item in items if not _nothing(item, empty)]
    return node


def _nothing(value: Any, empty: Callable[[Any], bool]) -> bool:
    return value in ({}, []) or empty(value)
