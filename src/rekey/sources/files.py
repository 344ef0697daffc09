"""Events from files: what the user names, as segments for the store."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from rekey.converters.registry import LogSourceFields, registry
from rekey.errors import Place, RekeyError
from rekey.sources.direct import direct_source
from rekey.sources.interface import InputFile, IntakeResult, Limits, Reason, Segment
from rekey.sources.paths import STDIN, find_inputs
from rekey.sources.recognise import Recogniser
from rekey.sources.rejects import RejectLog
from rekey.sources.spool import Spool
from rekey.sources.tolerant import TolerantReader

_WORTH_A_SCAN: Final = 1 << 20
"""Bytes from which on a plain file is scanned as it is. A scan costs as much as reading a thousand
records one by one, and a tree of small files would be scanned once for each."""

_FEW: Final = 8
"""Files that may be scanned for themselves, however small: the shortest way for a single one."""


class FileIntake:
    """Reads files, folders, patterns and standard input.

    Plain NDJSON of one source is handed on as it is; everything else is unpacked, unwrapped,
    redacted, checked and spooled. Spools are shared by all calls of :meth:`read`: each line carries
    its part. They can be scanned after each call.

    Args:
        workdir: folder for the spools; the caller removes it.
        source: take everything for this log source; ``None`` recognises it from the content.
        limits: bounds of records and archives.
        rejects: where to set aside what cannot be processed.
        progress: told the bytes of spooled inputs that were read, as they lie in the file.
        force_spool: hand nothing on as it is.
        sources: the log sources to tell apart; the registry's unless given.
        stdin: standard input, if it is not the process's.
        ours: files that the run writes, which may lie in a folder that it reads.

    Raises:
        RekeyError: the forced source is unknown.
    """

    def __init__(
        self,
        workdir: Path,
        *,
        source: str | None = None,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        rejects: RejectLog,
        progress: Callable[[int], None] | None = None,
        force_spool: bool = False,
        sources: Mapping[str, LogSourceFields] | None = None,
        stdin: BinaryIO | None = None,
        ours: Sequence[Path] = (),
    ) -> None:
        sources = registry() if sources is None else sources
        self._workdir, self._rejects = workdir, rejects
        self._recogniser = Recogniser(sources, source, limits.wrapper_depth)
        self._reader = TolerantReader(sources, self._recogniser, limits, rejects, progress)
        self._force_spool, self._stdin = force_spool, stdin
        self._ours = (*ours, *([rejects.path] if rejects.path else []))
        self._spool = Spool(workdir, "spool")
        self._again = 0
        self._direct: list[Segment] = []
        self._files: list[InputFile] = []

    def read(self, paths: Sequence[str], *, part: int = 0) -> IntakeResult:
        """Read inputs.

        Returns:
            the direct segments of this call, the spools as they are now, and this call's files.

        Raises:
            RekeyError: a path does not exist, or the work folder cannot be written.
        """
        found = find_inputs(paths, ours=self._ours)
        segments, files = len(self._direct), len(self._files)
        worth = _WORTH_A_SCAN if len(found) > _FEW else 0
        for named in found:
            self._files.append(self._one(named, part, worth))
        self._spool.flush()
        return IntakeResult(
            (*self._direct[segments:], *self._spool.segments), tuple(self._files[files:])
        )

    def read_stream(self, stream: BinaryIO, name: str, *, part: int = 0) -> InputFile:
        """Read a stream that is no file, under the name that reports are to show.

        Raises:
            RekeyError: the work folder cannot be written; or what the stream raises.
        """
        number = len(self._files) + 1
        self._files.append(self._reader.read(stream, name, number, part, self._spool))
        self._spool.flush()
        return self._files[-1]

    def read_tolerantly(self, file: InputFile, *, part: int = 0) -> tuple[Segment, ...]:
        """Read one file, which was handed on as it is, record by record.

        Returns:
            segments that hold this file only.

        Raises:
            RekeyError: the work folder cannot be written.
        """
        self._again += 1
        spool = Spool(self._workdir, f"again{self._again}")
        self._tolerantly(file.path, file.path, file.number, part, spool)
        spool.flush()
        return spool.segments

    def finish(self) -> IntakeResult:
        """Write all spools; give all segments and files of all calls of :meth:`read`."""
        self._spool.flush()
        return IntakeResult((*self._direct, *self._spool.segments), tuple(self._files))

    def _one(self, named: str, part: int, worth: int) -> InputFile:
        number, path = len(self._files) + 1, _printable(named)
        if named != STDIN and not self._force_spool and (not worth or _size(named) >= worth):
            source = direct_source(named, self._recogniser)
            if source is not None:
                file = Path(named)
                self._direct.append(Segment(source, file, direct=True, part=part, file=number))
                return InputFile(number, path, None, file.stat().st_size)
        return self._tolerantly(named, path, number, part, self._spool)

    def _tolerantly(self, named: str, path: str, number: int, part: int, spool: Spool) -> InputFile:
        if named == STDIN:
            return self._reader.read(self._open_stdin(), path, number, part, spool)
        try:
            file = Path(named).open("rb")  # noqa: SIM115 (only opening may fail here)
        except OSError as error:
            self._rejects.add(path, None, Reason.UNREADABLE, f"cannot be opened: {error.strerror}")
            return InputFile(number, path, "", 0)
        with file:
            return self._reader.read(file, path, number, part, spool)

    def _open_stdin(self) -> BinaryIO:
        if self._stdin is not None:
            return self._stdin
        if sys.stdin is None:  # as Python leaves it where the descriptor is closed
            raise RekeyError("standard input is closed", place=Place(STDIN))
        return sys.stdin.buffer


def _size(named: str) -> int:
    try:
        return os.stat(named).st_size  # noqa: PTH116 (Path.stat is the same call)
    except (OSError, ValueError):
        return 0


def _printable(named: str) -> str:
    """A name that is no UTF-8 is shown with its odd bytes written out."""
    return named.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
