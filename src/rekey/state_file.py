"""The state file: what baselines have learned, in one Parquet file that says what it is.

A file that is not ours, of another format, or damaged is refused and left as it is: learning from
it would make first-seen rules silent, or loud.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Final

import duckdb

from rekey.converters.duckdb.sql import literal
from rekey.errors import Place, RekeyError

FORMAT: Final = "1"
COLUMNS: Final = (
    "rule_id VARCHAR, identity VARCHAR[], value VARCHAR, day DATE,"
    " first TIMESTAMP, last TIMESTAMP, n BIGINT"
)

NAMES: Final = "rule_id, identity, value, day, first, last, n"
_MARK: Final = "rekey.state"
_POSSIBLE: Final = "n > 0 AND first <= last AND len(identity) > 0 AND rule_id <> ''"
_AFRESH: Final = "Name a new file to begin learning afresh."


def check_state(path: Path) -> None:
    """Say what is wrong with a state file before any log is read; one that is not there is fine.

    Raises:
        RekeyError: it is not ours, of another format, or damaged; its folder is not there; or its
            name is no UTF-8, which DuckDB cannot open.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise RekeyError(
            "has a name that is no UTF-8", place=Place(ascii(str(path))), hint="Name another file."
        ) from error
    if not path.parent.is_dir():
        raise RekeyError(
            "there is no such folder", place=Place(path.parent), hint="Make it first: mkdir -p."
        )
    if path.exists():
        with duckdb.connect() as db:
            db.execute(f"CREATE TABLE learned ({COLUMNS})")
            read_state(db, path, "learned")


@contextmanager
def alone(path: Path | None, waits: Callable[[], None]) -> Iterator[None]:
    """Keep other runs from the state file meanwhile; waits until none is at it, and says so before.

    Of two that had read the same file, the later one to write would take from it what the other
    one had learned. The folder is locked, because the file is replaced; where it cannot be, as on
    some network drives, nothing is.
    """
    with ExitStack() as held:
        if path is not None:
            with suppress(OSError):
                folder = os.open(path.resolve().parent, os.O_RDONLY)
                held.callback(os.close, folder)
                _lock(folder, waits)
        yield


def _lock(folder: int, waits: Callable[[], None]) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waits()
        fcntl.flock(folder, fcntl.LOCK_EX)


def read_state(db: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    """Read a state file into a table of the columns ``COLUMNS``.

    Raises:
        RekeyError: it is not ours, of another format, or damaged.
    """
    place = literal(escape(str(path)))  # DuckDB takes names for patterns
    try:
        marks = db.execute(
            f"SELECT decode(value) FROM parquet_kv_metadata({place}) WHERE decode(key) = '{_MARK}'"
        ).fetchall()
        if not marks:
            raise RekeyError(
                "is no state file of rekey, or one of before its first release",
                place=Place(path),
                hint=_AFRESH,
            )
        if marks != [(FORMAT,)]:
            raise RekeyError(
                f"is a state file of another format ({marks[0][0]}; this rekey reads {FORMAT})",
                place=Place(path),
                hint=f"Use the rekey that wrote it. {_AFRESH}",
            )
        db.execute(f"INSERT INTO {table} SELECT {NAMES} FROM read_parquet({place})")
        wrong = db.execute(
            f"SELECT 1 FROM {table} WHERE NOT coalesce({_POSSIBLE}, false) LIMIT 1"
        ).fetchone()
    except duckdb.Error as error:
        raise RekeyError(
            "is damaged, or no state file of rekey", place=Place(path), hint=_AFRESH
        ) from error
    if wrong:
        raise RekeyError("holds impossible sightings", place=Place(path), hint=_AFRESH)


def write_state(db: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """Write a state file, whole or not at all.

    Args:
        db: where the rows are.
        select: gives rows of the columns ``COLUMNS``.
        path: the file, which is replaced once the new one is safely on disk.

    Raises:
        RekeyError: it cannot be written; an earlier file is as it was.
    """
    path = path.resolve()  # a link stays one, and what it names is replaced
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    usual = os.umask(0o077)  # it says who did what: nobody else reads it, unless its owner let them
    try:
        db.execute(
            f"COPY ({select}) TO {literal(str(part))}"
            f" (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{'{_MARK}': '{FORMAT}'}})"
        )
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(stat.S_IMODE(path.stat().st_mode))
        part.replace(path)
    except (duckdb.Error, OSError) as error:
        raise RekeyError(
            "cannot be written: what was learned in this run is lost",
            place=Place(path),
            hint="Make room, or name a file that you may write to with --state.",
        ) from error
    finally:
        os.umask(usual)
        part.unlink(missing_ok=True)
