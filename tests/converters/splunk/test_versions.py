"""A rule's version rises when what it says changes, and only then."""

from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.converters import version_lock
from rekey.converters.splunk.package import LOCK
from rekey.converters.version_lock import Version, changed, raised
from rekey.errors import ExitCode, RekeyError
from tests.converters.splunk.built import package


def test_versions_rise_with_the_content() -> None:
    first = raised({}, {"a": "1", "b": "1"})
    assert first == {"a": Version(version=1, digest="1"), "b": Version(version=1, digest="1")}
    second = raised(first, {"a": "2", "b": "1"})
    assert {rule: v.version for rule, v in second.items()} == {"a": 2, "b": 1}
    assert changed(first, second) == ("a",)
    assert changed(second, raised(second, {"a": "2"})) == ("b",)


def test_a_lock_file_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "versions.json"
    assert version_lock.read(file) == {}
    made = raised({}, package().digests)
    version_lock.write(file, made)
    assert version_lock.read(file) == made
    file.write_text("[]")
    with pytest.raises(RekeyError, match="no file of versions"):
        version_lock.read(file)


def test_the_shipped_lock_file_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "splunk", "--check"]) == ExitCode.OK, (
        f"run `rekey build splunk --update-versions`:\n{capsys.readouterr().out}"
    )
    assert version_lock.read(LOCK).keys() == package().digests.keys()
