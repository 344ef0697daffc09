"""What sources that are asked over the network have in common: a span, a stream, an error."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import RawIOBase
from typing import Final, Protocol

from rekey.errors import ExitCode, RekeyError

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN: Final = re.compile(r"([1-9]\d{0,5})([mhdw])")


class LiveError(RekeyError):
    """The server gave no, or not all, events."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True)
class Span:
    """The time that is asked for, both ends included."""

    begin: datetime
    end: datetime


@dataclass
class Loss:
    """What a source could not give as it was logged.

    Attributes:
        rebuilt: log source → records that were rebuilt from indexed fields.
    """

    rebuilt: dict[str, int] = field(default_factory=dict)

    def count(self, source: str) -> None:
        """Count a rebuilt record."""
        self.rebuilt[source] = self.rebuilt.get(source, 0) + 1

    def notes(self) -> list[str]:
        """Say it in words."""
        return [
            f"{number} records of {source} were rebuilt from indexed fields: what the SIEM does not"
            " index is missing in them"
            for source, number in sorted(self.rebuilt.items())
        ]


class LiveSource(Protocol):
    """A server that holds logs."""

    name: str
    """As it stands among the inputs of a report."""
    loss: Loss

    def lines(self) -> Iterator[bytes]:
        """Yield one JSON object a line: records, wrapped as :mod:`rekey.sources.wrappers` knows.

        Raises:
            LiveError: not all could be read.
        """
        ...


class LineStream(RawIOBase):
    """Lines as a file that can be read once."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self._rest = iter(lines), b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read on; fewer bytes than asked for do not mean the end, none do."""
        while not self._rest:
            line = next(self._lines, None)
            if line is None:
                return b""
            self._rest = line
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def span(text: str) -> timedelta:
    """Read a span such as ``24h``.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no span such as 90m, 24h, 7d or 4w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
