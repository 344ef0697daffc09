"""What a source never writes is rejected; what may be mended is; the rest is left alone."""

from copy import deepcopy
from typing import Any

import pytest

from rekey.converters.registry import Expression, LogSourceFields, RawField, registry
from rekey.sources.check import Checker
from rekey.sources.depth import is_deeper
from rekey.sources.interface import Fault, Reason
from rekey.sources.shape import MISFITS
from tests.sources.samples import MAKERS, Record, cloudtrail, github, kubernetes, vault


def check(record: Record) -> tuple[Fault | None, Record]:
    source = next(
        name for name, make in MAKERS.items() if make(1).keys() & record.keys() >= _REQUIRED[name]
    )
    record = deepcopy(record)
    return Checker(registry()[source]).fault(record), record


_REQUIRED = {
    name: {registry()[name].path(field)[0] for field in registry()[name].required}
    for name in MAKERS
}


def reason(record: Record) -> Reason | None:
    fault, _ = check(record)
    return fault.reason if fault else None


@pytest.mark.parametrize("source", MAKERS)
def test_a_good_record_is_left_as_it_is(source: str) -> None:
    assert check(MAKERS[source](1)) == (None, MAKERS[source](1))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (cloudtrail(eventName=None), Reason.MISSING_FIELD),
        (cloudtrail(eventSource=7), Reason.WRONG_TYPE),
        (cloudtrail(eventTime=7), Reason.WRONG_TYPE),
        (cloudtrail(userIdentity="root"), Reason.WRONG_TYPE),
        (cloudtrail(userIdentity={"sessionContext": []}), Reason.WRONG_TYPE),
        (vault(request="x"), Reason.MISSING_FIELD),
        (vault(request={"path": "no id"}), Reason.MISSING_FIELD),
        (vault(auth=["x"]), Reason.WRONG_TYPE),
        (kubernetes(user=True), Reason.WRONG_TYPE),
        (kubernetes(auditID={"a": 1}), Reason.WRONG_TYPE),
        (github() | {"@timestamp": "2026-11-22T04:55:53Z"}, Reason.ABSURD_TIME),
        (github() | {"@timestamp": 1.5}, Reason.WRONG_TYPE),
    ],
)
def test_what_the_scan_would_refuse_is_rejected(record: Record, expected: Reason) -> None:
    assert reason(record) == expected


@pytest.mark.parametrize(
    "record",
    [
        cloudtrail(requestParameters=None, responseElements=None, userIdentity=None),
        cloudtrail(requestParameters="text", responseElements=[1], additionalEventData=5),
        cloudtrail(sourceIPAddress={"odd": 1}, resources=[None, {"ARN": None}]),
        kubernetes(requestObject="skipped-too-big-size-object", annotations=None),
        github(org=["a", "b"], actor_id=5, actor_is_bot="true"),
        vault(error=None, response=None),
    ],
)
def test_what_the_scan_takes_is_taken(record: Record) -> None:
    assert check(record) == (None, record)


SMALL = LogSourceFields(
    title="a small source",
    product="small",
    service="audit",
    sources={"x": "this test"},
    key=("id",),
    time="time",
    required=("id", "time"),
    heavy=("body",),
    fields={
        name: RawField(evidence="K", source="x", path=path)
        for name, path in {
            "id": None,
            "time": None,
            "who.name": None,
            "who.session.id": None,
            "addresses": ("addresses[]",),
            "parts.name": ("parts[]", "name"),
            "extra.tls.version": None,
            "body.a.b": None,
        }.items()
    },
    roles={"actor.id": Expression(duckdb="{who.session.id} || '@'"), "actor.name": ("who.name",)},
)


def small(**changes: Any) -> tuple[Fault | None, Record]:
    record = {"id": "1", "time": "2026-11-01T00:00:00Z"} | changes
    return Checker(SMALL).fault(record), record


def test_one_value_where_a_list_is_expected_becomes_a_list() -> None:
    fault, record = small(addresses="10.0.0.7", parts={"name": "a"})
    assert fault is None
    assert (record["addresses"], record["parts"]) == (["10.0.0.7"], [{"name": "a"}])


def test_a_misfit_that_a_role_rests_on_is_rejected() -> None:
    for who in ("root", ["x"], 5, True, {"session": "x"}):
        fault, _ = small(who=who)
        assert fault is not None
        assert fault.reason == Reason.WRONG_TYPE
        assert "who" in fault.detail


def test_a_misfit_that_no_role_rests_on_is_set_aside_and_kept() -> None:
    fault, record = small(extra={"tls": "1.3"}, parts=["odd", {"name": "b"}, ["c"]], body=["free"])
    assert fault is None
    assert (record["extra"], record["parts"]) == ({"tls": None}, [None, {"name": "b"}, None])
    assert record[MISFITS] == {"extra.tls": ["1.3"], "parts[]": ["odd", ["c"]]}
    assert record["body"] == ["free"]


TIMES: list[tuple[Any, Reason | None]] = [
    ("2026-11-01T00:00:00Z", None),
    ("2026-11-01T00:00:00.123456789Z", None),
    ("2026-11-01 00:00:00+05:30", None),
    ("2026-11-01T00:00:00-0500", None),
    ("2005-01-01T00:00:00Z", None),
    ("2099-12-31T23:59:59Z", None),
    ("2004-12-31T23:59:59Z", Reason.ABSURD_TIME),
    ("2100-01-01T00:00:00Z", Reason.ABSURD_TIME),
    ("1970-01-01T00:00:00Z", Reason.ABSURD_TIME),
    ("9999-12-31T23:59:59Z", Reason.ABSURD_TIME),
    ("2026-13-01T00:00:00Z", Reason.ABSURD_TIME),
    ("2026-02-30T00:00:00Z", Reason.ABSURD_TIME),
    ("2026-11-01T25:00:00Z", Reason.ABSURD_TIME),
    ("20261101T000000Z", Reason.ABSURD_TIME),
    ("2026-W45-1", Reason.ABSURD_TIME),
    ("yesterday", Reason.ABSURD_TIME),
    ("", Reason.ABSURD_TIME),
    ("２０２６-11-01T00:00:00Z", Reason.ABSURD_TIME),
]


@pytest.mark.parametrize(("time", "expected"), TIMES)
def test_times_in_text(time: Any, expected: Reason | None) -> None:
    assert reason(cloudtrail(eventTime=time)) == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1_763_787_353_000, None),
        ("1763787353000", None),
        (1_104_537_600_000, None),
        (1_104_537_599_999, Reason.ABSURD_TIME),
        (4_102_444_800_000, Reason.ABSURD_TIME),
        (1_763_787_353, Reason.ABSURD_TIME),
        (0, Reason.ABSURD_TIME),
        (-1, Reason.ABSURD_TIME),
        (2**63, Reason.ABSURD_TIME),
        ("9" * 30, Reason.ABSURD_TIME),
        (True, Reason.WRONG_TYPE),
    ],
    ids=repr,
)
def test_times_in_milliseconds(time: Any, expected: Reason | None) -> None:
    assert reason(github() | {"@timestamp": time}) == expected


def test_a_time_is_judged_anew_after_a_good_one() -> None:
    checker = Checker(registry()["aws_cloudtrail"])
    assert checker.fault(cloudtrail()) is None
    assert checker.fault(cloudtrail(eventTime="1970-01-01T00:00:00Z")) is not None
    assert checker.fault(cloudtrail()) is None


def test_depth_counts_objects_and_arrays() -> None:
    assert not is_deeper({"a": [1, {"b": 2}]}, 3)
    assert is_deeper({"a": [1, {"b": 2}]}, 2)
    assert not is_deeper("text", 0)
