"""Columns of an ES|QL query."""

from dataclasses import dataclass

from rekey.converters.elastic.quoting import column


@dataclass(frozen=True)
class Named:
    """A value under the name of a column; ``made`` says how, ``None`` if it is a field."""

    name: str
    made: str | None

    @property
    def column(self) -> str:
        """The column as ES|QL writes it."""
        return column(self.name)

    @property
    def filled(self) -> str:
        """Ask for a value.

        Not by IS NOT NULL: of a computed value, ES|QL 8.19 concludes from that that every field
        in it is there, also behind COALESCE.
        """
        return f'COALESCE(TO_STRING({self.column}), "") != ""'
