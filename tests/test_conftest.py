"""The guard against the network works, and files go where there is room."""

import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from tests.scratch import MEMORY, move_to_memory, roomy


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("example.com", 443), ("2001:db8::1", 1)])
def test_leaving_the_machine_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as opened, pytest.raises(RuntimeError, match="tried to reach"):
        opened.connect(address)


def test_staying_on_it_is_not() -> None:
    with socket.socket() as listener, socket.socket() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        opened.connect(listener.getsockname())


def test_a_folder_without_room_or_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    if sys.platform == "linux" and not os.statvfs(tmp_path).f_flag & os.ST_NOEXEC:
        assert roomy(tmp_path, room=1)
    assert not roomy(tmp_path, room=1 << 60)
    assert not roomy(tmp_path / "missing", room=1)


def test_who_says_where_temporary_files_go_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    move_to_memory()
    assert (os.environ["TMPDIR"], tempfile.gettempdir()) == (str(tmp_path), str(tmp_path))
    monkeypatch.delenv("TMPDIR")
    monkeypatch.setattr("tests.scratch.roomy", lambda: True)
    move_to_memory()
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(MEMORY)
