"""What a site may say about containment, and what it may not."""

from datetime import timedelta
from pathlib import Path

import pytest

from rekey.containment.settings import read_settings
from rekey.errors import RekeyError


def settings(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rekey.yml"
    path.write_text(f"version: 1\n{text}\n", "utf-8")
    return path


def sink(tmp_path: Path, url: str) -> Path:
    return settings(tmp_path, f"journal: {{sinks: [{{kind: http, url: '{url}'}}]}}")


@pytest.mark.parametrize(
    "url",
    ["https://collector.example/x?channel=1", "http://localhost:8088/x", "http://[::1]:8088/raw"],
)
def test_heads_go_out_by_tls_or_stay_here(tmp_path: Path, url: str) -> None:
    (found,) = read_settings(sink(tmp_path, url)).journal.sinks
    assert found.kind == "http" and found.url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://localhost:8080@collector.example/x", "holds a user or a password"),
        ("https://ada:hunter2@collector.example/x", "holds a user or a password"),
        ("http://collector.example/x", "in clear"),
        ("http://127.0.0.1.collector.example/x", "in clear"),
        ("ftp://collector.example/x", "must have the form"),
        ("https:///x", "no address of a server"),
    ],
)
def test_an_address_that_would_tell_a_secret_is_refused(
    tmp_path: Path, url: str, said: str
) -> None:
    with pytest.raises(RekeyError, match=said) as caught:
        read_settings(sink(tmp_path, url))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("length", ["٣m", "9999999999d", "99999w", "3", "m", "-3m", "1.5h"])
def test_a_lease_has_a_length_that_can_be_waited_for(tmp_path: Path, length: str) -> None:
    with pytest.raises(RekeyError, match=r"limits\.lease: write a length of time"):
        read_settings(settings(tmp_path, f"limits: {{lease: {length}}}"))


@pytest.mark.parametrize("limit", ["lease", "plan_valid"])
def test_what_must_last_is_not_over_at_once(tmp_path: Path, limit: str) -> None:
    with pytest.raises(RekeyError, match=f"limits.{limit}: write a length of time above zero"):
        read_settings(settings(tmp_path, f"limits: {{{limit}: 0s}}"))


def test_lengths_are_read(tmp_path: Path) -> None:
    limits = read_settings(
        settings(tmp_path, "limits: {lease: 90s, due_window: 4w, clock_skew: 0s}")
    ).limits
    assert (limits.lease, limits.due_window) == (timedelta(seconds=90), timedelta(weeks=4))
