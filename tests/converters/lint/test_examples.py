"""The good pack is clean; each file of ``bad/`` breaks one thing in it and is found out.

A new example is a new file: ``bad/RKnnn_what.yml`` with the file to change and the change.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from rekey.converters.lint import CODES, Finding, check_packs
from rekey.pack import user_pack
from rekey.yaml_file import read_yaml

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yml"))


def spoil(pack: Path, change: dict[str, Any]) -> None:
    """Carry out the change that an example describes."""
    file = pack / change["file"]
    for how in ("rename", "copy"):
        if how in change:
            (pack / change[how]).parent.mkdir(parents=True, exist_ok=True)
            (shutil.move if how == "rename" else shutil.copy)(file, pack / change[how])
    if "write" in change:
        file.write_text(change["write"], "utf-8")
    if "delete" in change:
        file.unlink()
    if "replace" in change:
        text = file.read_text("utf-8")
        assert text.count(change["replace"]) >= 1, "the example no longer fits the good pack"
        file.write_text(text.replace(change["replace"], change["by"], 1), "utf-8")


def lint(pack: Path) -> list[Finding]:
    return check_packs([user_pack(pack)])[0]


def test_the_good_pack_is_clean() -> None:
    findings, rules = check_packs([user_pack(HERE / "good")])
    assert findings == []
    assert rules == 3


@pytest.mark.parametrize("example", BAD, ids=lambda path: path.stem)
def test_a_bad_example_is_found(example: Path, tmp_path: Path) -> None:
    change, _ = read_yaml(example)
    code = example.stem.split("_")[0]
    pack = tmp_path / "pack"
    shutil.copytree(HERE / "good", pack)
    spoil(pack, change)
    findings = lint(pack)
    assert {finding.code for finding in findings} == {code, *change.get("also", [])}
    found = next(finding for finding in findings if finding.code == code)
    assert Path(found.place.path).exists()
    if "line" in change:
        assert found.place.line == change["line"]


def test_each_code_has_an_example() -> None:
    shown = {example.stem.split("_")[0] for example in BAD}
    # A source of its own shows what the product's registry happens not to have: see test_fields.
    assert shown | {"RK303", "RK304"} == set(CODES)


def test_each_code_explains_itself() -> None:
    for code in CODES.values():
        assert not code.title.endswith(".")
        assert code.why.endswith(".")
        assert code.advice
