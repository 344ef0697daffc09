"""Events from files: what the user names, as segments for the store."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from rekey.converters.registry import LogSourceFields, registry
from rekey.errors import Place, RekeyError
from rekey.sources.batch import Answer, Batch, Named, shares, spelled
from rekey.sources.direct import direct_source
from rekey.sources.interface import InputFile, IntakeResult, Limits, Segment
from rekey.sources.paths import STDIN, find_inputs
from rekey.sources.processes import answers, cores
from rekey.sources.recognise import Recogniser
from rekey.sources.rejects import RejectLog
from rekey.sources.spool import Spool
from rekey.sources.tolerant import TolerantReader

_WORTH_A_SCAN: Final = 16 << 20
"""Bytes from which on a plain file is scanned as it is, if there are others. To plan a scan for all rules
costs as much as reading thousands of records one by one, which processes share; and those of many
files are scanned together."""


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
        self._has_own_sources = sources is not None
        sources = registry() if sources is None else sources
        self._workdir, self._rejects, self._limits = workdir, rejects, limits
        self._source, self._progress = source, progress or (lambda amount: None)
        self._recogniser = Recogniser(sources, source, limits.wrapper_depth)
        self._reader = TolerantReader(sources, self._recogniser, limits, rejects, progress)
        self._force_spool, self._stdin = force_spool, stdin
        self._ours = (*ours, *([rejects.path] if rejects.path else []))
        self._spool = Spool(workdir, "spool")
        self._again = 0
        self._aside: list[Segment] = []
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
        segments, first = len(self._direct), len(self._files)
        worth = _WORTH_A_SCAN if len(found) > 1 else 0
        files: dict[int, InputFile] = {}
        others: list[Named] = []
        for number, name in enumerate(found, start=first + 1):
            one = Named(name, _printable(name), number, _size(name))
            if (direct := self._directly(one, part, worth)) is not None:
                files[number] = direct
            else:
                others.append(one)
        for share, answer in self._side_by_side(others, part):
            if answer is None:
                files |= {one.number: self._tolerantly(one, part, self._spool) for one in share}
            else:
                files |= {file.number: file for file in answer.files}
        self._spool.flush()
        self._files += (files[number] for number in sorted(files))
        return IntakeResult(
            (*self._direct[segments:], *self._aside, *self._spool.segments),
            tuple(self._files[first:]),
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
        self._tolerantly(Named(file.path, file.path, file.number, file.size), part, spool)
        spool.flush()
        return spool.segments

    def finish(self) -> IntakeResult:
        """Write all spools; give all segments and files of all calls of :meth:`read`."""
        self._spool.flush()
        segments = (*self._direct, *self._aside, *self._spool.segments)
        return IntakeResult(segments, tuple(self._files))

    def _directly(self, one: Named, part: int, worth: int) -> InputFile | None:
        """Hand a file on as it is, if it can be scanned and is worth it."""
        if one.name == STDIN or self._force_spool or one.size < worth:
            return None
        source = direct_source(one.name, self._recogniser)
        if source is None:
            return None
        segment = Segment(source, Path(one.name), direct=True, part=part, file=one.number)
        self._direct.append(segment)
        return InputFile(one.number, one.path, None, one.size)

    def _tolerantly(self, one: Named, part: int, spool: Spool) -> InputFile:
        if one.name == STDIN:
            return self._reader.read(self._open_stdin(), one.path, one.number, part, spool)
        return self._reader.read_file(one.name, one.path, one.number, part, spool)

    def _side_by_side(
        self, files: Sequence[Named], part: int
    ) -> Iterator[tuple[tuple[Named, ...], Answer | None]]:
        """Have files read by other processes, where that is quicker; yield them with the answers.

        Of those that come without one nothing has been read.
        """
        alone = self._has_own_sources or any(one.name == STDIN for one in files)
        divided = shares(files, 1 if alone else cores())
        if len(divided) < 2:
            yield tuple(files), None
            return
        batches = [self._batch(share, part) for share in divided]
        budget, most = self._reader.budget, batches[0].limits.total_bytes
        for share, answer in zip(divided, answers(batches, self._progress), strict=True):
            # Each may unpack as much as all together: what is too much is cut where one would cut it.
            if answer is None or most - answer.left >= budget.left:
                yield share, None
                continue
            budget.left -= most - answer.left
            self._aside += answer.segments
            self._rejects.merge(answer.rejected)
            yield share, answer

    def _batch(self, share: tuple[Named, ...], part: int) -> Batch:
        files = tuple(replace(one, name=spelled(one.name)) for one in share)
        return Batch(
            files=files, part=part, source=self._source, folder=self._workdir,
            limits=replace(self._limits, total_bytes=self._reader.budget.left),
            name=f"aside{share[0].number}", keeps_rejects=self._rejects.path is not None,
        )  # fmt: skip

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
