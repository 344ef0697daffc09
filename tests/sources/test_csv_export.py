"""Consoles export CSV: each row is read like the same export in JSON.

Columns: Splunk, "Export search results" (``_raw``); CloudWatch Logs, "Analyze log data with Logs
Insights" (``@message``, ``@log``); Azure Monitor, table reference of AzureDiagnostics and AKSAudit.
"""

import csv
import gzip
import io
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from tests.sources.samples import (
    MAKERS,
    Reader,
    Record,
    cloudtrail,
    github,
    identity,
    kubernetes,
    ndjson,
    pretty,
    vault,
)
from tests.sources.test_recognise import AKS_ID, EKS_GROUP, aks_row


def text(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)


def table(columns: Sequence[str], *rows: Sequence[Any], **options: Any) -> bytes:
    written = io.StringIO()
    csv.writer(written, **options).writerows([columns, *rows])
    return written.getvalue().encode("utf-8")


SPLUNK = ("_serial", "_time", "source", "splunk_server", "_raw")


def splunk(*records: Record | str) -> bytes:
    raws = [each if isinstance(each, str) else text(each) for each in records]
    rows = [(n, "2026-11-01T00:00:00.000+0000", "cloudtrail", "idx", r) for n, r in enumerate(raws)]
    return table(SPLUNK, *rows, quoting=csv.QUOTE_NONNUMERIC)


def aks() -> tuple[Sequence[str], Sequence[Any]]:
    row = aks_row(kubernetes(1))
    return list(row), [json.dumps(v) if isinstance(v, list) else v for v in row.values()]


C, K = cloudtrail(1), kubernetes(1)

EXPORTS = {
    "Splunk": (splunk(C, cloudtrail(2)), ["id-1-", "id-2-"], None),
    "Splunk, a record of many lines": (
        splunk(pretty(C).decode(), cloudtrail(2)), ["id-1-", "id-2-"], None,
    ),
    "Insights": (
        table(("@timestamp", "@message", "@log"), ("t", text(K), f"1:{EKS_GROUP}")),
        ["id-1-"], "prod-eu1",
    ),
    "Azure": (
        table(("TimeGenerated [UTC]", "ResourceId", "log_s"), ("t", AKS_ID, text(K) + "\n")),
        ["id-1-"], "prod",
    ),
    "AKSAudit": (table(*aks()), ["id-1-"], "prod"),
    "Discover": (table(("@timestamp", "event.original"), ("t", text(vault(1)))), ["id-1-"], None),
    "lookup-events": (table(("EventId", "CloudTrailEvent"), ("1", text(C))), ["id-1-"], None),
    "Splunk, with the fields that it extracted": (
        table(("eventTime", "eventName", "resources{}.ARN", *C, "_raw"),
              ("x", "y", "z", *(1 for _ in C), text(C))),
        ["id-1-"], None,
    ),
    "with a mark": (b"\xef\xbb\xbf" + splunk(C), ["id-1-"], None),
    "packed": (gzip.compress(splunk(C)), ["id-1-"], None),
    "without a line end": (splunk(C).rstrip(), ["id-1-"], None),
    "an empty row": (splunk(C).replace(b"\r\n", b"\r\n\r\n"), ["id-1-"], None),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_rows_are_read_like_objects(name: str, reader: Reader) -> None:
    data, ids, context = EXPORTS[name]
    found = reader.read(data)
    assert (found.ids, found.rejects) == (ids, [])
    assert {line["c"] for line in found.lines} == {context}


def test_records_are_what_was_logged_and_rows_keep_their_number(reader: Reader) -> None:
    found = reader.read(splunk(C, cloudtrail(2)))
    assert found.records == [C, cloudtrail(2)]
    assert [line["r"] for line in found.lines] == [2, 3]


def test_a_row_that_is_spoilt_is_named_and_the_others_are_read(reader: Reader) -> None:
    good = splunk(C, cloudtrail(2), cloudtrail(3)).split(b"\r\n")
    for spoilt in (
        good[2][:-9] + b'"' + good[2][-9:],
        good[2][: len(good[2]) // 2],
        good[2].replace(b"AssumeRole", b"Assume\xffRole", 1),
        good[2].replace(b"{", b"", 1),
    ):
        found = reader.read(b"\r\n".join([*good[:2], spoilt, *good[3:]]))
        assert found.ids == ["id-1-", "id-3-"], spoilt
        assert [reject["record"] for reject in found.rejects] == [3], spoilt


def test_a_row_that_is_cut_before_its_record_is_counted(reader: Reader) -> None:
    good = splunk(C, cloudtrail(2)).split(b"\r\n")
    found = reader.read(b"\r\n".join([good[0], good[1][:1], *good[2:]]))
    assert (found.ids, [reject["record"] for reject in found.rejects]) == (["id-2-"], [2])


EVENT_HISTORY = (
    b"Event ID,Event time,User name,AWS access key,Event source,Event name\r\n"
    b'1,"November 29, 2026, 10:00:00 (UTC)",ci,AKIA,s3.amazonaws.com,GetObject\r\n'
)
"""Of each record some columns, and not the record itself."""


def test_a_table_without_records_says_what_it_lacks(reader: Reader) -> None:
    found = reader.read(EVENT_HISTORY)
    assert found.ids == []
    assert [(reject["record"], reject["reason"]) for reject in found.rejects] == [
        (1, "not_json"), (2, "not_json"),
    ]  # fmt: skip
    assert "no column of it holds whole records" in found.rejects[0]["detail"]


def test_records_that_follow_a_stray_header_are_read(reader: Reader) -> None:
    found = reader.read(EVENT_HISTORY + text(C).encode() + b"\n")
    assert (found.ids, len(found.rejects)) == (["id-1-"], 2)


def test_a_quote_that_never_ends_costs_nothing(reader: Reader) -> None:
    good = splunk(C, cloudtrail(2), cloudtrail(3)).split(b"\r\n")
    found = reader.read(b"\r\n".join([*good[:2], good[2][:-1], *good[3:]]))
    assert (found.ids, found.rejects) == (["id-1-", "id-2-", "id-3-"], [])


def test_damage_anywhere_loses_no_row_that_it_does_not_touch(reader: Reader) -> None:
    rng = random.Random(11)  # noqa: S311 (repeatable damage)
    for _ in range(300):
        maker = MAKERS[rng.choice(list(MAKERS))]
        rows = splunk(*map(maker, range(1, 6))).splitlines(keepends=True)
        hit = rng.randrange(1, len(rows))
        at = rng.randrange(len(rows[hit]) - 2)
        spoilt = rng.choice((b'"', b"", b",", b"\r", b"\xff", b"\0"))
        rows[hit] = rows[hit][:at] + spoilt + rows[hit][at + 1 :]
        found = reader.read(b"".join(rows))
        assert {f"id-{n}-" for n in range(1, 6) if n != hit} <= set(found.ids), rows[hit]


@pytest.mark.parametrize(
    "head", [b"message\n", b"log\r\n", b"_raw,x\n", b"a,b\n", b"_raw {\n", b"\n"]
)
def test_what_only_begins_like_a_table_is_read_as_it_is(head: bytes, reader: Reader) -> None:
    found = reader.read(head + ndjson([C, github(2)]))
    assert found.ids == ["id-1-", "id-2-"]
    assert len(found.rejects) == (1 if head.strip() else 0)


def test_a_table_without_the_original_record_is_set_aside(reader: Reader) -> None:
    found = reader.read(table(("Event name", "Event time"), ("AssumeRole", "2026-11-01")))
    assert (found.ids, set(found.reasons)) == ([], {"not_json"})


def test_every_source_and_secrets(reader: Reader) -> None:
    secret = vault(2, auth={"client_token": "hvs.canary", "accessor": "a"})
    found = reader.read(splunk(*(maker(1) for maker in MAKERS.values()), secret))
    assert [identity(record) for record in found.records].count("id-1-") == len(MAKERS)
    assert "canary" not in json.dumps(found.lines)
