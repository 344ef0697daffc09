"""The tolerant path: any input, record by record, into a spool.

bytes → unpacked → text (of an export as CSV: rows) → values → records of a source → redacted → checked → spooled. What fails at
a step is set aside with its reason, and nothing that is whole is lost with it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from rekey.converters.registry import LogSourceFields
from rekey.sources.archive import Budget, unpack
from rekey.sources.check import Checker
from rekey.sources.csv_export import rows_of
from rekey.sources.decode import Decoder
from rekey.sources.depth import is_deeper
from rekey.sources.encoding import as_utf8
from rekey.sources.interface import Fault, InputFile, Limits, Reason
from rekey.sources.recognise import Recogniser
from rekey.sources.redact import Redactor, redactor
from rekey.sources.rejects import RejectLog
from rekey.sources.spool import Spool
from rekey.sources.unit import Damage, Unit
from rekey.sources.wrappers import context_of

_CHUNK: Final = 2**20
Record = dict[str, Any]


@dataclass(slots=True)
class _Input:
    """One input on its way into a spool."""

    stream: BinaryIO
    path: str
    number: int
    part: int
    spool: Spool
    size: int = 0
    ended: bool = False
    """It was read to its end, so that its digest is known."""
    faults: list[Fault] = field(default_factory=list)


class TolerantReader:
    """Reads inputs one after the other.

    Args:
        sources: the log sources, by name.
        recogniser: tells them apart.
        limits: bounds of records and archives.
        rejects: where to set aside.
        progress: told the bytes that were read, as they lie in the file.

    Attributes:
        budget: what may still be unpacked.
    """

    def __init__(
        self,
        sources: Mapping[str, LogSourceFields],
        recogniser: Recogniser,
        limits: Limits,
        rejects: RejectLog,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._recogniser, self._limits, self._rejects = recogniser, limits, rejects
        self._tools: dict[str, tuple[Redactor, Checker]] = {
            name: (redactor(source), Checker(source)) for name, source in sources.items()
        }
        self._progress = progress
        self.budget = Budget(limits.total_bytes)

    def read_file(self, named: str, path: str, number: int, part: int, spool: Spool) -> InputFile:
        """Read a file; one that cannot be opened is set aside.

        Args:
            named: as the system names it.
            path: as reports name it.
            number: its number in the run.
            part: of its records.
            spool: where they go.
        """
        try:
            file = Path(named).open("rb")  # noqa: SIM115 (only opening may fail here)
        except OSError as error:
            self._rejects.add(path, None, Reason.UNREADABLE, f"cannot be opened: {error.strerror}")
            return InputFile(number, path, "", 0)
        with file:
            return self.read(file, path, number, part, spool)

    def read(self, stream: BinaryIO, path: str, number: int, part: int, spool: Spool) -> InputFile:
        """Read one input to its end; give it with its size and digest."""
        one = _Input(stream, path, number, part, spool)
        sha256 = hashlib.sha256()
        packed = self._chunks(one, sha256.update)
        text = as_utf8(unpack(packed, self._limits, self.budget, one.faults), one.faults)
        self._recogniser.new_file()
        rows = rows_of(text, self._limits.record_bytes)
        decoder = Decoder(rows, self._limits, self._recogniser.is_plausible)
        cut: Damage | None = None
        for item in decoder:
            if isinstance(item, Unit):
                self._take(one, item, decoder)
            elif item.at_end:
                cut = item
            else:
                self._rejects.add(path, item.number, *_said(item.fault), item.text)
        for fault in one.faults:
            self._rejects.add(path, None, *_said(fault))
        if cut is not None and not one.faults:  # else the archive ends early, which says it all
            self._rejects.add(path, cut.number, *_said(cut.fault), cut.text)
        # A file that was not read to its end (a bomb, a foreign format) can be hashed later, a pipe
        # cannot: of that, the digest is of what was read.
        known = one.ended or not stream.seekable()
        return InputFile(number, path, sha256.hexdigest() if known else None, one.size)

    def _chunks(self, one: _Input, update: Callable[[bytes], None]) -> Iterator[bytes]:
        while True:
            try:
                chunk = one.stream.read(_CHUNK)
            except OSError as error:
                detail = f"cannot be read: {error.strerror}"
                one.faults.append(Fault(Reason.UNREADABLE, detail))
                return
            if not chunk:
                one.ended = True
                return
            update(chunk)
            one.size += len(chunk)
            if self._progress is not None:
                self._progress(len(chunk))
            yield chunk

    def _take(self, one: _Input, unit: Unit, decoder: Decoder) -> None:
        """Find the records in a value."""
        value, number = unit.value, unit.number
        context = context_of(unit.header) if unit.header else None
        if value.__class__ is dict and (source := self._recogniser.match(value)) is not None:
            self._keep(one, number, source, value, context)
            return
        numbers = decoder.numbers
        for at, found in enumerate(self._recogniser.records(value, context)):
            if at:
                number = numbers.next()
            if found.source is not None:
                self._keep(one, number, found.source, found.record, found.context)
            elif found.fault is not None:
                self._reject(one, number, found.fault, found.record)

    def _keep(
        self, one: _Input, number: int, source: str, record: Record, context: str | None
    ) -> None:
        """Redact, check and spool a record."""
        redactor, checker = self._tools[source]
        redactor.redact(record)
        fault = checker.fault(record)
        if fault is None:
            document = _dumped(record)
            fault = self._size_fault(record, document)
            if fault is None:
                one.spool.add(source, one.part, one.number, number, context, document)
                return
        self._reject(one, number, fault, record)

    def _size_fault(self, record: Record, document: bytes) -> Fault | None:
        if not document:
            return Fault(Reason.TOO_DEEP, "nested too deep")
        if len(document) > self._limits.record_bytes:
            return Fault(Reason.TOO_LARGE, "larger than a record may be")
        # Counting brackets is cheap and never too low: few records need to be walked.
        most = self._limits.depth
        if document.count(b"{") + document.count(b"[") > most and is_deeper(record, most):
            return Fault(Reason.TOO_DEEP, f"nested more than {most} levels")
        return None

    def _reject(self, one: _Input, number: int, fault: Fault, value: Any) -> None:
        if isinstance(value, dict):
            for redactor, _ in self._tools.values():
                redactor.redact(value)
        self._rejects.add(one.path, number, *_said(fault), _dumped(value))


def _said(fault: Fault) -> tuple[Reason, str]:
    return fault.reason, fault.detail


def _dumped(value: Any) -> bytes:
    """Write JSON; nothing where it is nested beyond what the library follows."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return b""
