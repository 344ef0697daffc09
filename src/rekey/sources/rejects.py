"""What could not be processed: counted by reason, kept aside with file and record number."""

import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import orjson

from rekey.errors import Place, RekeyError
from rekey.sources.damaged import scrub_damaged
from rekey.sources.interface import Reason, Rejected

EXCERPT: Final = 300
"""Characters of the offending text that are kept, after scrubbing."""
_SCRUBBED: Final = 4096
"""Characters that are scrubbed for it: a secret that begins in the excerpt ends in here."""
_KEYS: Final = frozenset(("path", "record", "reason", "detail", "text"))
"""Of each line of the file, by which we know it again."""


@dataclass(frozen=True, slots=True)
class RejectedPart:
    """What another log holds; ``file`` are its lines, if it kept any."""

    counts: dict[Reason, int]
    by_path: dict[str, int]
    firsts: dict[Reason, Rejected]
    file: Path | None


class RejectLog:
    """Counts everything that is set aside, and writes it to a file if there is one.

    The file is NDJSON: ``path, record, reason, detail, text``, where ``text`` is the beginning of
    what was rejected, scrubbed of secrets. It is readable by its owner only and bounded in size:
    what comes after is still counted. ``Rejected`` lines are never held in memory but for the
    first of each reason.

    Args:
        path: where to keep the rejected records; ``None`` counts only.
        max_bytes: size at which the file stops growing.

    Raises:
        RekeyError: the file cannot be written, or exists and holds something else.
    """

    def __init__(self, path: Path | None = None, *, max_bytes: int = 64 * 2**20) -> None:
        self.path, self._room = path, max_bytes
        self._counts: Counter[Reason] = Counter()
        self._by_path: Counter[str] = Counter()
        self._firsts: dict[Reason, Rejected] = {}
        self._file: IO[bytes] | None = None
        if path is not None:
            _refuse_to_overwrite(path)
            try:
                self._file = open(path, "wb", opener=_private)  # noqa: SIM115 (see close)
            except OSError as error:
                raise self._unwritable(path, error) from error

    def __enter__(self) -> Self:
        """Open for one run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def add(
        self,
        path: str,
        record: int | None,
        reason: Reason,
        detail: str,
        text: bytes | str = b"",
    ) -> None:
        """Set something aside.

        Args:
            path: the input, as the user named it.
            record: its number from 1; ``None`` where the whole file is meant.
            reason: the class that is counted.
            detail: one sentence that holds no values of the record.
            text: what was rejected, as much as is at hand.

        Raises:
            RekeyError: the file cannot be written.
        """
        rejected = Rejected(path, record, reason, detail)
        self._counts[reason] += 1
        self._by_path[path] += 1
        self._firsts.setdefault(reason, rejected)
        if self._file is not None and self._room > 0:
            self._keep(self._file, rejected, text)

    def part(self) -> RejectedPart:
        """Give what this log holds; it has to be closed."""
        return RejectedPart(dict(self._counts), dict(self._by_path), dict(self._firsts), self.path)

    def merge(self, part: RejectedPart) -> None:
        """Take over what another log holds.

        Raises:
            RekeyError: the file cannot be written.
        """
        self._counts.update(part.counts)
        self._by_path.update(part.by_path)
        self._firsts = part.firsts | self._firsts
        if self._file is not None and part.file is not None:
            with part.file.open("rb") as lines:
                for line in lines:
                    self._write(self._file, line)

    @property
    def counts(self) -> Mapping[Reason, int]:
        """Rejected records by reason, the most frequent first."""
        return dict(self._counts.most_common())

    @property
    def total(self) -> int:
        """All that was set aside."""
        return self._counts.total()

    def count_of(self, path: str) -> int:
        """What was set aside of one input."""
        return self._by_path[path]

    @property
    def firsts(self) -> tuple[Rejected, ...]:
        """The first of each reason, the most frequent reason first: where to begin to look."""
        return tuple(self._firsts[reason] for reason in self.counts)

    def close(self) -> None:
        """Close the file; counts stay."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _keep(self, file: IO[bytes], rejected: Rejected, text: bytes | str) -> None:
        line = orjson.dumps(
            {
                "path": rejected.path.encode("utf-8", "replace").decode(),
                "record": rejected.record,
                "reason": rejected.reason,
                "detail": rejected.detail,
                "text": excerpt(text),
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        self._write(file, line)

    def _write(self, file: IO[bytes], line: bytes) -> None:
        if self._room <= 0:
            return
        self._room -= len(line)
        if self._room <= 0:
            line = b'{"detail":"this file is full: what follows was counted, not kept"}\n'
        try:
            file.write(line)
        except OSError as error:
            raise self._unwritable(self.path or Path(), error) from error

    @staticmethod
    def _unwritable(path: Path, error: OSError) -> RekeyError:
        return RekeyError(
            f"cannot keep rejected records here: {error.strerror}",
            place=Place(path),
            hint="Name a file that can be written with --rejects.",
        )


def _refuse_to_overwrite(path: Path) -> None:
    """Let an earlier file of rejects be replaced, and nothing else: it may be the log itself.

    Raises:
        RekeyError: the file holds something else.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return  # a device, a pipe
        with path.open("rb") as file:
            line = file.readline(8 * _SCRUBBED)
    except OSError:
        return  # it does not exist; or opening it says why it cannot be written
    if line and not _is_reject(line):
        raise RekeyError(
            "exists, and is no file of rejected records",
            place=Place(path),
            hint="Name a new file with --rejects: this one would be overwritten.",
        )


def _is_reject(line: bytes) -> bool:
    try:
        reject = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(reject, dict) and reject.keys() == _KEYS


def _private(path: str, flags: int) -> int:
    """Create a file that only its owner reads. An existing file, or a device, is left as it is."""
    return os.open(path, flags, 0o600)


def excerpt(text: bytes | str) -> str:
    """Give the beginning of a text, scrubbed of secrets."""
    if isinstance(text, bytes):
        text = text[: 4 * _SCRUBBED].decode("utf-8", "replace")
    return scrub_damaged(text[:_SCRUBBED])[:EXCERPT]
