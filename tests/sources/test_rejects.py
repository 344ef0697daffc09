"""What is set aside is counted, kept with its place, scrubbed, and bounded."""

import stat
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.sources.interface import Reason, Rejected
from rekey.sources.rejects import EXCERPT, RejectLog, excerpt
from tests.sources.samples import Reader, cloudtrail, load, ndjson


def test_rejects_are_counted_by_reason_and_by_file() -> None:
    log = RejectLog()
    log.add("a", 1, Reason.NOT_JSON, "x")
    log.add("b", 2, Reason.NOT_JSON, "x")
    log.add("b", None, Reason.TRUNCATED, "y")
    assert log.counts == {Reason.NOT_JSON: 2, Reason.TRUNCATED: 1}
    assert (log.total, log.count_of("a"), log.count_of("b"), log.count_of("c")) == (3, 1, 2, 0)


def test_the_first_of_each_reason_is_held_the_most_frequent_reason_first() -> None:
    log = RejectLog()
    log.add("a", None, Reason.TRUNCATED, "y")
    for number in range(1, 1000):
        log.add("a", number, Reason.NOT_JSON, "x")
    assert log.firsts == (
        Rejected("a", 1, Reason.NOT_JSON, "x"), Rejected("a", None, Reason.TRUNCATED, "y"),
    )  # fmt: skip


def test_the_file_tells_file_record_reason_and_the_beginning_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "rejects.ndjson"
    with RejectLog(file) as log:
        log.add("logs/a.json", 7, Reason.WRONG_ENCODING, "no UTF-8", b'{"a":"\xff"}' + b"x" * 9999)
    (line,) = load(file)
    assert line.pop("text").startswith('{"a":"�"}xxx')
    assert line == {
        "path": "logs/a.json", "record": 7, "reason": "wrong_encoding", "detail": "no UTF-8",
    }  # fmt: skip


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    with RejectLog(tmp_path / "r"):
        assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o600


def test_it_holds_no_secrets(tmp_path: Path) -> None:
    text = b'{"credentials":{"sessionToken":"canary1"},"h":"Bearer canary2canary2canary2'
    with RejectLog(tmp_path / "r") as log:
        log.add("a", 1, Reason.NOT_JSON, "x", text)
    assert b"canary" not in (tmp_path / "r").read_bytes()


def test_a_secret_that_the_excerpt_would_cut_is_scrubbed_first() -> None:
    token = "ghp_" + "a" * 36
    shown = excerpt("x" * (EXCERPT - 10) + " " + token)
    assert "ghp_" not in shown
    assert len(shown) <= EXCERPT


def test_it_stops_growing_and_says_so(tmp_path: Path) -> None:
    with RejectLog(tmp_path / "r", max_bytes=1000) as log:
        for number in range(100):
            log.add("a", number, Reason.NOT_JSON, "x", b"y" * 50)
    lines = load(tmp_path / "r")
    assert log.total == 100
    assert len(lines) < 15
    assert "full" in lines[-1]["detail"]


def test_a_file_that_cannot_be_written_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(RekeyError, match="--rejects"):
        RejectLog(tmp_path / "no such folder" / "r")


def test_it_replaces_an_earlier_one_and_overwrites_nothing_else(tmp_path: Path) -> None:
    file, log = tmp_path / "r", tmp_path / "log"
    for _ in range(2):
        with RejectLog(file) as rejects:
            rejects.add("a", 1, Reason.NOT_JSON, "x")
    assert len(load(file)) == 1
    log.write_bytes(b'{"eventID":"1"}\n')
    with pytest.raises(RekeyError, match="overwritten"):
        RejectLog(log)
    assert log.read_bytes() == b'{"eventID":"1"}\n'


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [(b"[", b",", b"]"), (b'{"Records":[', b",", b"]}"), (b"", b" ", b"\n"), (b"", b"", b"\n")],
    ids=["array", "Records", "one line", "run together"],
)
@pytest.mark.parametrize(
    "damage", [b'{"eventID":"bad","eventName":}', b'{"eventID":"bad" "x":1}', b"bad!!"]
)
def test_what_is_kept_ends_where_the_next_good_record_begins(
    before: bytes, between: bytes, after: bytes, damage: bytes, reader: Reader
) -> None:
    """Nobody has blanked the secrets of that one in the raw text."""
    first, last = (ndjson([cloudtrail(number)]).strip() for number in (1, 2))
    read = reader.read(before + between.join((first, damage, last)) + after)
    assert read.ids == ["id-1-", "id-2-"]
    texts = [reject["text"] for reject in read.rejects]
    assert texts
    assert not [text for text in texts if "id-2-" in text or "awsRegion" in text]


@pytest.mark.parametrize(
    "text",
    [
        '{"requestParameters":{"masterUserPassword":"canary-1","dBName":"shop',
        '{"requestParameters":{"secretString":"{\\\\"password\\\\":\\\\"canary-2\\\\"}","x',
        '{"environment":{"variables":{"A":{"b":"c"},"KEY":"canary-3"},"region',
        '{"env":[{"name":"PASSWORD","value":"canary-4"},{"name":"B","value":"canary-5',
        '{"request":{"data":{"data":{"a":"canary-6"},"b":"canary-7"},"path',
        '{"config":{"url":"https://hooks.example.com/canary-8","content_type":"json"},"actor',
        '{"userData": "canary-9", "maxCount": 1',
        '{"requestParameters":{"secretString":"{\\"host\\":\\"canary-12\\",\\"p\\":1}","x',
        '{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\\"a\\":\\"canary-13',
        '{"dbPassword": ["canary-10", "canary-11"',
    ],
)
def test_what_stands_under_the_keys_of_secrets_is_blanked_in_damaged_records(text: str) -> None:
    assert "canary" not in excerpt(text)
    assert excerpt(text).startswith(text[:12])


def test_ids_of_credentials_stay_in_damaged_records() -> None:
    text = '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","eventName":"RunInstances","awsRegion'
    assert excerpt(text) == text
