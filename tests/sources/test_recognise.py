"""A record is known by its fields, whatever it comes wrapped in; the wrapping may name a cluster."""

import json
from typing import Any

import pytest

from rekey.converters.registry import registry
from rekey.errors import RekeyError
from rekey.sources.interface import Reason
from rekey.sources.recognise import Recogniser
from tests.sources.samples import MAKERS, Record, cloudtrail, github, identity, kubernetes, vault

AKS_ID = (
    "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/PROD"
)
EKS_GROUP = "/aws/eks/prod-eu1/cluster"


def text(record: Record) -> str:
    return json.dumps(record)


def azure(record: Record, **changes: Any) -> Record:
    """Azure Monitor, resource logs: one record of an AKS diagnostic setting."""
    return {
        "time": "2026-11-22T04:55:54.0000000Z",
        "resourceId": AKS_ID,
        "category": "kube-audit",
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "properties": {"log": text(record) + "\n", "stream": "stdout", "pod": "kube-apiserver-1"},
    } | changes


def aks_row(record: Record) -> Record:
    return {
        "TenantId": "t", "Type": "AKSAudit", "_ResourceId": AKS_ID.lower(),
        "Level": record["level"], "AuditId": record["auditID"], "Stage": record["stage"],
        "RequestUri": record["requestURI"], "Verb": record["verb"], "User": text(record["user"]),
        "SourceIps": record["sourceIPs"], "RequestReceivedTime": record["requestReceivedTimestamp"],
        "StageReceivedTime": record["stageTimestamp"], "Annotations": text(record["annotations"]),
        "ResponseObject": "skipped-too-big-size-object", "UserAgent": "",
    }  # fmt: skip


def log_events(*messages: str, **changes: Any) -> Record:
    events = [{"id": "1", "timestamp": 1763787353000, "message": m} for m in messages]
    return {"messageType": "DATA_MESSAGE", "owner": "111122223333", "logEvents": events} | changes


K, C, V, G = kubernetes(1), cloudtrail(1), vault(1), github(1)

WRAPPED: dict[str, tuple[Any, list[Record], str | None]] = {
    "bare": (C, [C], None),
    "array": ([G, github(2)], [G, github(2)], None),
    "Records": ({"Records": [C, cloudtrail(2)]}, [C, cloudtrail(2)], None),
    "EventList": ({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [K]}, [K], None),
    "lookup-events": ({"Events": [{"EventId": "1", "CloudTrailEvent": text(C)}]}, [C], None),
    "EventBridge": ({"detail-type": "AWS API Call via CloudTrail", "detail": C, "time": "x"}, [C], None),
    "subscription": (log_events(text(K), logGroup=EKS_GROUP), [K], "prod-eu1"),
    "subscription of a trail": (log_events(text(C), logGroup="CloudTrail/logs"), [C], None),
    "subscription test": (log_events("x", messageType="CONTROL_MESSAGE"), [], None),
    "filter-log-events": ({"events": [{"message": text(V)}], "searchedLogStreams": []}, [V], None),
    "Insights": ({"@timestamp": "t", "@message": text(K), "@log": f"1:{EKS_GROUP}"}, [K], "prod-eu1"),
    "Insights, parsed": ({"@message": K, "@logStream": "kube-apiserver-audit-1"}, [K], None),
    "get-query-results": (
        {"status": "Complete", "results": [[{"field": "@message", "value": text(K)},
                                            {"field": "@log", "value": f"1:{EKS_GROUP}"}]]},
        [K], "prod-eu1",
    ),
    "AKS": (azure(K), [K], "prod"),
    "AKS event hub": ({"records": [azure(K), azure(kubernetes(2))]}, [K, kubernetes(2)], "prod"),
    "AKS, properties as text": (azure(K, properties=text({"log": text(K)})), [K], "prod"),
    "AzureDiagnostics": ({"Category": "kube-audit", "log_s": text(K), "ResourceId": AKS_ID}, [K], "prod"),
    "Elasticsearch": ({"took": 1, "hits": {"total": 1, "hits": [{"_source": {"message": text(V)}}]}}, [V], None),
    "Beats": (
        {"@timestamp": "2026-11-22T00:00:00Z", "message": "in words",
         "event": {"original": text(K), "module": "x"}, "orchestrator": {"cluster": {"name": "c1"}}},
        [K], "c1",
    ),
    "Beats, flat": ({"event.original": text(K), "orchestrator.cluster.name": "c1"}, [K], "c1"),
    "container": ({"log": text(V) + "\n", "stream": "stdout", "time": "2026-11-22T05:09:29Z"}, [V], None),
    "journal": ({"MESSAGE": text(V), "_SYSTEMD_UNIT": "vault.service"}, [V], None),
    "Splunk export": ({"preview": False, "result": {"_raw": text(G), "_time": "x"}}, [G], None),
    "Splunk collector": ({"time": 1, "sourcetype": "aws:cloudtrail", "event": C}, [C], None),
    "syslog in a message": ({"message": f"Nov 22 05:09:30 v vault[1]: {text(V)}"}, [V], None),
    "unknown wrapper": ({"export": "x", "entries": [C, cloudtrail(2)]}, [C, cloudtrail(2)], None),
    "wrapped three times": ({"Records": [{"message": text(log_events(text(K)))}]}, [K], None),
}  # fmt: skip


@pytest.fixture
def recogniser() -> Recogniser:
    return Recogniser(registry())


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapping_is_taken_off(name: str, recogniser: Recogniser) -> None:
    value, records, context = WRAPPED[name]
    found = list(recogniser.records(value))
    assert [each.record for each in found] == records
    assert {each.context for each in found} <= {context}


@pytest.mark.parametrize("source", MAKERS)
def test_each_source_is_known_by_its_fields(source: str, recogniser: Recogniser) -> None:
    assert [f.source for f in recogniser.records(MAKERS[source](1))] == [source]
    for other in set(MAKERS) - {source}:
        assert Recogniser(registry(), forced=other).match(MAKERS[source](1)) is None


def test_a_row_of_aksaudit_gets_its_names_back(recogniser: Recogniser) -> None:
    (found,) = recogniser.records(aks_row(K))
    assert (found.source, found.context) == ("kubernetes_audit", "prod")
    left_out = {"kind", "apiVersion", "responseStatus"}
    expected = {k: v for k, v in K.items() if k not in left_out}
    assert found.record == expected | {"responseObject": "skipped-too-big-size-object"}


def test_a_vendor_record_that_holds_an_array_named_like_a_wrapper_is_no_wrapper(
    recogniser: Recogniser,
) -> None:
    record = github(1, events=[{"a": 1}], items=[{"b": 2}])
    assert [f.record for f in recogniser.records(record)] == [record]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"foo": 1}, Reason.UNKNOWN_SOURCE),
        ({}, Reason.UNKNOWN_SOURCE),
        (5, Reason.UNKNOWN_SOURCE),
        (None, Reason.UNKNOWN_SOURCE),
        ("text", Reason.UNKNOWN_SOURCE),
        ({"message": "plain words"}, Reason.UNKNOWN_SOURCE),
        ({"message": text(K)[:-40]}, Reason.TRUNCATED),
        ({"message": text(K).replace(":", ";", 3)}, Reason.NOT_JSON),
        ({"log": {"log": {"log": {"log": {"log": {"log": K}}}}}}, Reason.TOO_DEEP),
        ({k: v for k, v in C.items() if k != "eventName"}, Reason.MISSING_FIELD),
        ({k: v for k, v in K.items() if k not in ("verb", "stage")}, Reason.MISSING_FIELD),
    ],
)
def test_what_is_none_of_ours_says_why(value: Any, reason: Reason, recogniser: Recogniser) -> None:
    (found,) = recogniser.records(value)
    assert found.source is None
    assert found.fault is not None
    assert found.fault.reason == reason


def test_a_missing_field_is_named(recogniser: Recogniser) -> None:
    (found,) = recogniser.records({k: v for k, v in K.items() if k != "verb"})
    assert found.fault is not None
    assert "kubernetes_audit" in found.fault.detail
    assert "verb" in found.fault.detail


def test_one_bad_message_does_not_spoil_a_batch(recogniser: Recogniser) -> None:
    found = list(
        recogniser.records(log_events(text(K), "I1122 controller.go", text(kubernetes(2))))
    )
    assert [identity(f.record) if f.source else None for f in found] == ["id-1-", None, "id-2-"]


def test_a_forced_source_is_asked_of_everything() -> None:
    recogniser = Recogniser(registry(), forced="vault_audit")
    (right,) = recogniser.records({"log": text(V)})
    assert right.source == "vault_audit"
    (wrong,) = recogniser.records(C)
    assert wrong.fault is not None
    assert wrong.fault.reason == Reason.MISSING_FIELD


def test_an_unknown_source_cannot_be_forced() -> None:
    with pytest.raises(RekeyError, match="gcp_audit"):
        Recogniser(registry(), forced="gcp_audit")
