"""The run's database: a temporary file that DuckDB compresses and spills to, and how it may fail."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from rekey.converters.duckdb.addresses import MACRO
from rekey.converters.duckdb.sql import literal
from rekey.errors import ExitCode, RekeyError
from rekey.sources.interface import Segment

BAD_DATA: Final = (duckdb.DataError, duckdb.InvalidInputException, duckdb.InvalidTypeException)
"""What a scan raises at records that are not what their beginning promised."""


_KEEPS_ORDER: Final = "SET disabled_optimizers = 'in_clause'"
"""A long IN would become a join, after which the rows of a scan lose their order."""


class StoreError(RekeyError):
    """The system gives no room."""

    exit_code = ExitCode.SYSTEM


class SuspectSegment(Exception):
    """A direct file is not what its beginning promised: it must be read tolerantly.

    Attributes:
        segments: those of which it is true.
    """

    def __init__(self, *segments: Segment) -> None:
        super().__init__(", ".join(str(segment.path) for segment in segments))
        self.segments = segments


def connected(workdir: Path, *, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """Make the database.

    Args:
        workdir: folder for it and its spill files; the caller removes it.
        memory_mb: limit for DuckDB's buffers.
    """
    db = duckdb.connect(str(workdir / "events.duckdb"))
    db.execute(f"SET memory_limit = '{memory_mb}MB'")
    db.execute(f"SET temp_directory = {literal(str(workdir / 'spill'))}")
    db.execute(_KEEPS_ORDER)
    db.execute("SET autoinstall_known_extensions = false")
    db.execute("SET autoload_known_extensions = false")
    _settle_in(db)
    db.execute(MACRO)
    return db


@contextmanager
def as_written(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have statements done as they are written, while no other thread uses the database.

    To think about a scan for all rules takes DuckDB longer than to read a small log, and finds nothing.
    """
    steps = db.execute("SELECT string_agg(name, ',') FROM duckdb_optimizers()").fetchone() or ("",)
    db.execute(f"SET disabled_optimizers = {literal(steps[0])}")
    try:
        yield
    finally:
        db.execute(_KEEPS_ORDER)


def beside(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Open another connection to the database, for another thread; it has temporary tables of its own."""
    cursor = db.cursor()
    _settle_in(cursor)
    return cursor


def _settle_in(db: duckdb.DuckDBPyConnection) -> None:
    """Set what each connection has of its own."""
    db.execute("SET TimeZone = 'UTC'")
    # In a notebook DuckDB would print a bar of its own on standard output.
    db.execute("SET enable_progress_bar = false")


def one(db: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> int:
    """Ask for one number; a statement that inserts rows, or makes a table of them, gives theirs."""
    row = db.execute(sql, list(parameters)).fetchone()
    return int(row[0]) if row else 0


def no_room(error: duckdb.Error) -> StoreError:
    """Explain why DuckDB could not go on."""
    return StoreError(
        f"the temporary database of this run failed: {type(error).__name__}",
        hint="It needs about 1 GB of memory, and room in the folder for temporary files: TMPDIR names"
        " another one.",
    )
