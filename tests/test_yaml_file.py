"""YAML from people is bounded, strict, and knows its lines."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from rekey.errors import RekeyError
from rekey.yaml_file import MAX_BYTES, read_model, read_yaml, read_yaml_documents


class _Shelf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    books: list[int]


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "file.yml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_lines_are_those_of_the_keys(write) -> None:
    data, locate = read_yaml(write("a: 1\nb:\n  - c: x\n    d:\n      - y\n  - z\n"))
    assert data == {"a": 1, "b": [{"c": "x", "d": ["y"]}, "z"]}
    assert locate(()) == 1
    assert locate(("b",)) == 2
    assert locate(("b", 0, "d")) == 4
    assert locate(("b", 0, "d", 0)) == 5
    assert locate(("b", 1)) == 6
    assert locate(("b", 0, "missing", "deeper")) == 3  # the nearest parent that exists


def test_documents_keep_their_lines_and_empty_ones_vanish(write) -> None:
    documents = read_yaml_documents(write("a: 1\n---\n---\nb: 2\n"))
    assert [document.data for document in documents] == [{"a": 1}, {"b": 2}]
    assert documents[1].locate(("b",)) == 4


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\na: 2\n", 2, "stands twice"),
        ("a: [1\n", 2, "not YAML"),
        ("a: !!python/object:os.system x\n", 1, "not YAML"),
        ("when: 2026-02-30\n", None, "impossible value"),
        ("a: \x01\n", None, "control character"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        ("a: &a [*a]\n", 1, "alias holds itself"),
        ("[" * 100, 1, "levels deep"),
        ("a: &x 1\nb: [" + "*x, " * 17 + "]\n", 2, "aliases"),
        ("", None, "0 YAML documents"),
        ("a: 1\n---\nb: 1\n", None, "2 YAML documents"),
        (b"#" * (MAX_BYTES + 1), None, "larger than"),
    ],
)
def test_bad_files_are_refused_with_their_place(write, text, line, message) -> None:
    path = write(text)
    with pytest.raises(RekeyError, match=message) as caught:
        read_yaml(path)
    assert caught.value.place is not None
    assert (caught.value.place.path, caught.value.place.line) == (path, line)


@pytest.mark.parametrize("value", ['!!int ""', '!!float ""', "!!bool x", '!!timestamp "abc"'])
def test_a_value_that_is_not_what_its_tag_says_is_the_users_error(write, value: str) -> None:
    with pytest.raises(RekeyError, match="not what its tag says"):
        read_yaml(write(f"a: {value}\n"))


def test_few_aliases_that_multiply_are_refused(write) -> None:
    levels = "".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}, *l{n - 1}]\n" for n in range(1, 6))
    with pytest.raises(RekeyError, match="more than 200,000 values"):
        read_yaml(write(f"l0: &l0 [{'1, ' * 2000}]\n{levels}"))


def test_a_missing_file_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(RekeyError, match="No such file"):
        read_yaml(tmp_path / "nowhere.yml")


def test_models_point_at_the_line(write) -> None:
    assert read_model(write("books: [1]\n"), _Shelf)[0].books == [1]
    with pytest.raises(RekeyError, match=r"file\.yml:3: books\.1: .*integer"):
        read_model(write("books:\n  - 1\n  - secret-value\n"), _Shelf)
    with pytest.raises(RekeyError, match=r"file\.yml:2: boks: unknown key"):
        read_model(write("books: []\nboks: []\n"), _Shelf)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}\n", "books: is missing"), ("books: 1\n", "books: must be a list"),
        ("- books\n", "must be keys and values"), ("books: [x]\n", "books.0: must be a valid integer"),
        ("books: [x, y, z]\n", "Further values of this file that are wrong: 2"),
    ],
)  # fmt: skip
def test_models_are_explained_in_words_of_yaml(text: str, said: str, write) -> None:
    with pytest.raises(RekeyError) as caught:
        read_model(write(text), _Shelf)
    assert said in str(caught.value)


def test_messages_do_not_repeat_values(write) -> None:
    with pytest.raises(RekeyError) as caught:
        read_model(write("books:\n  - s3cr3t\n"), _Shelf)
    assert "s3cr3t" not in str(caught.value)
