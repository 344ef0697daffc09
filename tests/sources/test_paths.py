"""What the user names is found, once, in order; what is no log is left out."""

import errno
import os
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.sources.paths import find_inputs


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b.json", "a.json.gz", "notes.md", "provenance.yml", ".hidden", ".git/x.json",
        "AWSLogs/1/CloudTrail/eu-west-1/2026/11/22/x.json.gz",
        "AWSLogs/1/CloudTrail-Digest/eu-west-1/d.json.gz",
    ):  # fmt: skip
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str) -> list[str]:
    return list(find_inputs(paths))


@pytest.mark.usefixtures("tree")
def test_a_folder_gives_its_logs_and_no_digests_notes_or_hidden_files() -> None:
    trail = "./AWSLogs/1/CloudTrail/eu-west-1/2026/11/22/x.json.gz"
    assert names(".") == ["./a.json.gz", "./b.json", trail]


@pytest.mark.usefixtures("tree")
def test_patterns_are_resolved_here_when_the_shell_did_not() -> None:
    assert names("*.json*") == ["a.json.gz", "b.json"]
    assert names("AWSLogs/**/*.gz") == ["AWSLogs/1/CloudTrail/eu-west-1/2026/11/22/x.json.gz"]


@pytest.mark.usefixtures("tree")
def test_a_pattern_leaves_out_digests_and_notes_unless_it_names_them() -> None:
    digest = "AWSLogs/1/CloudTrail-Digest/eu-west-1/d.json.gz"
    assert names("AWSLogs/1/CloudTrail-Digest/**/*.gz") == [digest]
    assert names("*") == [*names("AWSLogs"), "a.json.gz", "b.json"]
    assert names("*.md") == ["notes.md"]


@pytest.mark.usefixtures("tree")
def test_a_file_is_read_once_however_often_it_is_named() -> None:
    Path("c.json").symlink_to("b.json")
    assert names("b.json", "*.json", "c.json", "./b.json") == ["b.json"]


@pytest.mark.usefixtures("tree")
def test_what_is_named_outright_is_taken_whatever_it_is_called() -> None:
    assert names("notes.md", ".hidden", "-") == ["notes.md", ".hidden", "-"]


def test_a_name_that_looks_like_a_pattern_is_the_file_of_that_name(tree: Path) -> None:
    (tree / "a[1].json").write_text("{}")
    assert names("a[1].json") == ["a[1].json"]


@pytest.mark.parametrize("pattern", [".", "**/*.json", "**"])
def test_loops_of_links_end(tree: Path, pattern: str) -> None:
    for name in ("x", "y", "z"):
        (tree / name).symlink_to(tree)
    assert "b.json" in {Path(name).name for name in names(pattern)}


@pytest.mark.parametrize(
    "path", ["missing.json", "no*match", "", "a" * 5000, "nul\0byte", "nul\0*", "[", "**x/["]
)
@pytest.mark.usefixtures("tree")
def test_what_is_not_there_is_an_error_of_the_user(path: str) -> None:
    with pytest.raises(RekeyError):
        find_inputs([path])


def test_a_link_to_nowhere_is_an_error_when_named_and_reported_in_a_folder(tree: Path) -> None:
    (tree / "broken.json").symlink_to("nowhere")
    with pytest.raises(RekeyError):
        find_inputs(["broken.json"])
    assert "./broken.json" in names(".")


def test_a_folder_that_may_not_be_listed_is_reported(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = os.scandir

    def denying(path: str) -> object:  # root, as in containers, may list everything
        if path == "./AWSLogs":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", denying)
    assert names(".") == ["./a.json.gz", "./b.json", "./AWSLogs"]


def test_files_of_ours_are_left_out(tree: Path) -> None:
    assert "./b.json" not in find_inputs([".", "*.json"], ours=[tree / "b.json"])
