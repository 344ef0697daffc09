"""Servers are looked for in the right places, and a missing one is never passed over in silence."""

from pathlib import Path

import pytest

from tests.engines.found import FOLDER, REQUIRED, find, missing


def test_the_named_folder_comes_before_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(FOLDER, str(tmp_path / "named"))
    cached = tmp_path / "cache" / "rekey" / "engines" / "server"
    cached.mkdir(parents=True)
    assert find("server") == cached
    named = tmp_path / "named" / "server"
    named.mkdir(parents=True)
    assert find("server") == named
    assert find("another") is None


def test_a_missing_server_skips_and_says_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"a server is not here; .* make engines"):
        missing("a server")


def test_a_missing_server_fails_where_servers_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="a server is not here"):
        missing("a server")
