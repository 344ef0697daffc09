"""Every credential is minted before it is used, and the attack is one unbroken chain."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.scenarios.shipped import NAMES, history, truth, window

ISSUED = "authentication.kubernetes.io/issued-credential-id"
USED = "authentication.kubernetes.io/credential-id"
RESERVED = tuple(
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "10.0.0.0/8")
)
Record = dict[str, Any]


def minted(source: str, record: Record) -> str | None:
    """Give the credential that a record issues."""
    if source == "aws_cloudtrail":
        answer = record["responseElements"] or {}
        issued = answer.get("credentials") or answer.get("accessKey") or {}
        return issued.get("accessKeyId") if isinstance(issued, dict) else None
    if source == "kubernetes_audit":
        found: str | None = record["annotations"].get(ISSUED)
        return found
    if source == "vault_audit" and record["type"] == "response":
        accessor: str | None = record["response"].get("auth", {}).get("accessor")
        return accessor
    return None


def used(source: str, record: Record) -> list[str]:
    """Give the credentials that a record presents."""
    if source == "aws_cloudtrail":
        return [key] if (key := record["userIdentity"].get("accessKeyId")) else []
    if source == "kubernetes_audit":
        extra = record["user"].get("extra", {})
        return [*extra.get("accessKeyId", []), *extra.get(USED, [])]
    if source == "vault_audit":
        return [key] if (key := record["request"].get("client_token_accessor")) else []
    return []


def when(source: str, record: Record) -> str:
    """Give the second of a record, comparable as text."""
    field = {"aws_cloudtrail": "eventTime", "vault_audit": "time"}
    return str(record[field.get(source, "requestReceivedTimestamp")])[:19]


def flow(name: str) -> Iterator[tuple[str, Record]]:
    """Give all records of history and window that bear credentials."""
    for part in (history(name), window(name)):
        for source in ("aws_cloudtrail", "kubernetes_audit", "vault_audit"):
            for record in part[source]:
                yield source, record


@pytest.mark.parametrize("name", NAMES)
def test_every_credential_is_minted_before_it_is_used(name: str) -> None:
    mints: dict[str, str] = {}
    for source, record in flow(name):
        if key := minted(source, record):
            mints[key] = min(when(source, record), mints.get(key, "9"))
    strangers = set()
    for source, record in flow(name):
        for key in used(source, record):
            if key not in mints:
                strangers.add(key)
            else:
                assert mints[key] <= when(source, record), (key, record)
    # Long-term keys from before the history, and the certificate of the control plane.
    old = {key for key in strangers if key.startswith("AKIA")}
    assert len(old) == 2
    assert all(key.startswith("X509SHA256=") for key in strangers - old)


@pytest.mark.parametrize("name", NAMES)
def test_addresses_are_reserved_for_documentation(name: str) -> None:
    texts: set[str] = set()
    for part in (history(name), window(name)):
        texts |= {record["sourceIPAddress"] for record in part["aws_cloudtrail"]}
        texts |= {record["sourceIPs"][-1] for record in part["kubernetes_audit"]}
        texts |= {record["request"]["remote_address"] for record in part["vault_audit"]}
        texts |= {record["actor_ip"] for record in part["github_audit"] if "actor_ip" in record}
    names = {text for text in texts if text.endswith(".amazonaws.com") or text == "AWS Internal"}
    for text in texts - names:
        assert any(ip_address(text) in network for network in RESERVED), text


@pytest.fixture(scope="module")
def attack() -> dict[int, list[tuple[str, Record]]]:
    """Records of the attack by step."""
    found = window("ci_token_theft")
    keys = {
        "aws_cloudtrail": "eventID",
        "kubernetes_audit": "auditID",
        "github_audit": "_document_id",
    }
    records: dict[str, Record] = {}
    for source, key in keys.items():
        records |= {record[key]: record for record in found[source]}
    records |= {r["request"]["id"]: r for r in found["vault_audit"] if r["type"] == "response"}
    steps: dict[int, list[tuple[str, Record]]] = {}
    for event in truth():
        record = records[event["event_id"].partition("|")[0]]
        steps.setdefault(event["step"], []).append((event["source"], record))
    return steps


def keys_of(attack: dict[int, list[tuple[str, Record]]], step: int) -> set[str]:
    return {key for source, record in attack[step] for key in used(source, record)}


def mints_of(attack: dict[int, list[tuple[str, Record]]], step: int) -> set[str]:
    return {key for source, record in attack[step] if (key := minted(source, record))}


def test_the_subject_names_the_repository_of_the_workflow(
    attack: dict[int, list[tuple[str, Record]]],
) -> None:
    ((_, exchange),) = attack[3]
    repositories = {record["repo"] for _, record in attack[2]}
    assert repositories == {"example-parcel/docs-site"}
    assert exchange["userIdentity"]["userName"].startswith("repo:example-parcel/docs-site:")


@pytest.mark.parametrize(
    ("parent", "child"), [(3, 4), (3, 5), (3, 6), (3, 9), (9, 10), (9, 12), (10, 14), (11, 13)]
)
def test_what_one_step_mints_the_other_uses(
    attack: dict[int, list[tuple[str, Record]]], parent: int, child: int
) -> None:
    assert mints_of(attack, parent) & keys_of(attack, child)


def test_the_minted_token_opens_vault_from_the_same_address(
    attack: dict[int, list[tuple[str, Record]]],
) -> None:
    (token,) = mints_of(attack, 7)
    callers = [r for _, r in attack[7] if token in r["user"]["extra"].get(USED, [])]
    login = next(
        r for s, r in attack[8] if s == "vault_audit" and r["request"]["path"].endswith("login")
    )
    metadata = login["auth"]["metadata"]
    subject = (
        f"system:serviceaccount:{metadata['service_account_namespace']}:"
        f"{metadata['service_account_name']}"
    )
    assert callers and {r["user"]["username"] for r in callers} == {subject}
    assert {r["user"]["uid"] for r in callers} == {metadata["service_account_uid"]}
    assert {r["sourceIPs"][-1] for r in callers} == {login["request"]["remote_address"]}


def test_the_same_identities_also_do_their_ordinary_work(
    attack: dict[int, list[tuple[str, Record]]],
) -> None:
    day = "2026-11-18"
    events = {event["event_id"] for event in truth()}
    aws = window("ci_token_theft")["aws_cloudtrail"]
    deploys = [
        record
        for record in aws
        if record["eventTime"].startswith(day)
        and ":assumed-role/gha-deploy/" in record["userIdentity"].get("arn", "")
        and record["eventID"] not in events
    ]
    assert len(deploys) >= 20
    assert len(attack) == 14
