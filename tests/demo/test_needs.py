"""What is missing is said in one line, with the way to get it."""

import sys
from pathlib import Path

import pytest

from rekey.demo.needs import missing

pytestmark = pytest.mark.usefixtures("emulated")


def test_nothing_is_missing() -> None:
    assert missing() is None


@pytest.mark.parametrize("name", ["boto3", "ministack"])
def test_a_module(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    assert (
        missing()
        == f"{name} is not here; get it with: pip install '.[demo]' in a checkout of rekey"
    )


def test_all_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("boto3", "ministack"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = str(missing())
    assert said.startswith("boto3, ministack and ssh-keygen are not here")
    assert "pip install '.[demo]' in a checkout of rekey, then install OpenSSH" in said
