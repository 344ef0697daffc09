"""The state file: kept whole, known by its mark, refused where it is not ours."""

from pathlib import Path

import duckdb
import pytest

from rekey.errors import RekeyError
from rekey.state_file import COLUMNS, check_state, read_state, write_state

ROW = (
    "SELECT 'r' AS rule_id, ['a'] AS identity, 'v' AS value, DATE '2026-11-01' AS day,"
    " TIMESTAMP '2026-11-01' AS first, TIMESTAMP '2026-11-02' AS last, {n}::BIGINT AS n"
)


def written(path: Path, select: str = ROW.format(n=1)) -> bytes:
    with duckdb.connect() as db:
        write_state(db, select, path)
    return path.read_bytes()


def sightings(path: Path) -> list[tuple[str, int]]:
    with duckdb.connect() as db:
        db.execute(f"CREATE TABLE learned ({COLUMNS})")
        read_state(db, path, "learned")
        return db.execute("SELECT rule_id, n FROM learned").fetchall()


@pytest.mark.parametrize("name", ["state", "q?.state", "[a]*", "o'k", "sp ace\nnl é"])
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "qx.state").write_bytes(b"a file that the name, as a pattern, would match")
    written(tmp_path / name, ROW.format(n=7))
    assert sightings(tmp_path / name) == [("r", 7)]


def test_only_its_owner_reads_it_unless_he_lets_others(tmp_path: Path) -> None:
    file = tmp_path / "state"
    written(file)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    written(file)
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_new_file_is_no_fault(tmp_path: Path) -> None:
    check_state(tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_any_part_of_a_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    whole = written(tmp_path / "state")
    for size in range(0, len(whole), 41):
        (tmp_path / "state").write_bytes(whole[:size])
        with pytest.raises(RekeyError, match="hint: Name a new file"):
            check_state(tmp_path / "state")
        assert (tmp_path / "state").read_bytes() == whole[:size]


@pytest.mark.parametrize(
    ("marks", "row", "message"),
    [
        ("", ROW.format(n=1), "no state file of rekey"),
        (", KV_METADATA {'rekey.state': '0'}", ROW.format(n=1), "another format .0; this rekey"),
        (", KV_METADATA {'rekey.state': '1'}", "SELECT 1 AS n", "damaged"),
        (", KV_METADATA {'rekey.state': '1'}", ROW.format(n=0), "impossible"),
        (", KV_METADATA {'rekey.state': '1'}", ROW.format(n="NULL"), "impossible"),
    ],
    ids=["foreign", "older", "columns", "zero", "null"],
)
def test_a_parquet_file_that_is_not_ours(
    marks: str, row: str, message: str, tmp_path: Path
) -> None:
    with duckdb.connect() as db:
        db.execute(f"COPY ({row}) TO '{tmp_path / 'state'}' (FORMAT parquet{marks})")
    with pytest.raises(RekeyError, match=message):
        check_state(tmp_path / "state")


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    old = written(tmp_path / "state")
    with pytest.raises(RekeyError, match="cannot be written"):
        written(tmp_path / "state", f"{ROW.format(n=1)} UNION ALL SELECT error('full')")
    assert (tmp_path / "state").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_link_stays_one_and_what_it_names_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "state", tmp_path / "state"
    written(file)
    link.symlink_to(file)
    written(link, ROW.format(n=7))
    assert link.is_symlink()
    assert sightings(file) == [("r", 7)]
