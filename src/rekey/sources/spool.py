"""Clean lines on disk, one file for each source, ready for the typed scan."""

from pathlib import Path
from typing import Final

import orjson

from rekey.errors import Place, RekeyError
from rekey.sources.interface import Segment

_BATCH: Final = 2**20


class Spool:
    """Collects records; appends them in batches.

    Args:
        folder: where the files are made; the caller removes it.
        name: beginning of the files' names.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._lines: dict[str, list[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._contexts: dict[str | None, bytes] = {None: b"null"}

    def add(
        self, source: str, part: int, file: int, number: int, context: str | None, record: bytes
    ) -> None:
        """Append a record, which is JSON without line breaks.

        Raises:
            RekeyError: the disk is full, or the folder cannot be written.
        """
        if context not in self._contexts:
            self._contexts[context] = orjson.dumps(context)
        line = b'{"p":%d,"f":%d,"r":%d,"c":%b,"d":%b}\n' % (
            part, file, number, self._contexts[context], record,
        )  # fmt: skip
        self._lines.setdefault(source, []).append(line)
        size = self._sizes.get(source, 0) + len(line)
        self._sizes[source] = size
        if size > _BATCH:
            self._write(source)

    def flush(self) -> None:
        """Write what is held, so that the files can be read."""
        for source, lines in self._lines.items():
            if lines:
                self._write(source)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """One segment for each source that has records."""
        return tuple(
            Segment(source, self._path(source), direct=False, part=0, file=0)
            for source in self._lines
        )

    def _path(self, source: str) -> Path:
        return self._folder / f"{self._name}.{source}.ndjson"

    def _write(self, source: str) -> None:
        path = self._path(source)
        try:
            with path.open("ab") as file:  # opened each time: nothing is left open on a failure
                file.write(b"".join(self._lines[source]))
        except OSError as error:
            raise RekeyError(
                f"cannot keep records for the scan: {error.strerror}",
                place=Place(path),
                hint="Make room, or set TMPDIR to a folder on a larger disk.",
            ) from error
        self._lines[source].clear()
        self._sizes[source] = 0
