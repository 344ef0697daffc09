"""Marked values are blanked whatever the record's shape; secrets in text by their own."""

import json
import time
from typing import Any

import duckdb
import pytest

from rekey.converters.duckdb.layout import Layout
from rekey.converters.duckdb.masked import masked
from rekey.converters.registry import registry
from rekey.sources.redact import REDACTED, Redactor, redact_document
from rekey.sources.scrub import scrub
from tests.sources.samples import cloudtrail

R = REDACTED


@pytest.mark.parametrize(
    ("path", "record", "expected"),
    [
        ("a", {"a": "s", "b": 1}, {"a": R, "b": 1}),
        ("a.b", {"a": {"b": "s", "c": 1}}, {"a": {"b": R, "c": 1}}),
        ("a.b", {"a": {"b": {"c": "s"}}}, {"a": {"b": R}}),
        ("a.b", {"a": {"b": ["s", "t"]}}, {"a": {"b": [R, R]}}),
        ("a.b", {"a": {"b": None}}, {"a": {"b": None}}),
        ("a.b", {"a": "text"}, {"a": "text"}),
        ("a.b", {"a": None, "c": 1}, {"a": None, "c": 1}),
        ("a[].b", {"a": [{"b": "s"}, {"c": 1}, 5]}, {"a": [{"b": R}, {"c": 1}, 5]}),
        ("a[].b", {"a": {"b": "s"}}, {"a": {"b": R}}),
        ("a.b", {"a": [[{"b": "s"}]]}, {"a": [[{"b": R}]]}),
        ("a[]", {"a": ["s"]}, {"a": [R]}),
        ("a.*", {"a": {"x": "s", "y": {"z": 1}, "n": None}}, {"a": {"x": R, "y": R, "n": None}}),
        ("a.*.c", {"a": {"x": {"c": "s"}, "y": {"d": 1}}}, {"a": {"x": {"c": R}, "y": {"d": 1}}}),
        ("m.k8s.io/x.y", {"m": {"k8s.io/x.y": "s"}}, {"m": {"k8s.io/x.y": R}}),
    ],
)
def test_a_path_blanks_its_value(path: str, record: Any, expected: Any) -> None:
    Redactor([path]).redact(record)
    assert record == expected


def test_paths_that_share_a_beginning_do_not_disturb_each_other() -> None:
    record: Any = {"a": {"b": {"c": "s", "d": "t"}, "e": "u"}}
    Redactor(["a.b.c", "a.e", "a.b.d"]).redact(record)
    assert record == {"a": {"b": {"c": R, "d": R}, "e": R}}
    whole: Any = {"a": {"b": {"c": "s"}}}
    Redactor(["a.b", "a.b.c"]).redact(whole)
    assert whole == {"a": {"b": R}}


ADDRESSES = {
    "https://hooks.example.com/services/T0/B0/secret": "https://hooks.example.com",
    "https://me:secret@hooks.example.com:8443/?token=secret": "https://hooks.example.com:8443",
    "HTTP://Hooks.example.com": "HTTP://Hooks.example.com",
    "https://hooks.example.com?token=secret": "https://hooks.example.com",
    "https://hooks.example.com#secret": "https://hooks.example.com",
    "https://hooks.example.com secret": "https://hooks.example.com",
    "https://hooks.example.com\\secret": "https://hooks.example.com",
    "https://[2001:db8::1]/secret": "https://[2001:db8::1]",
    "https://a@b@hooks.example.com/secret": "https://hooks.example.com",
    "hooks.example.com/secret": R,
    "https:/secret": R,
    "https:///secret": R,
    "https://me:secret@": R,
    "https://me:secret with spaces@hooks.example.com/": "https://hooks.example.com",
    "https://me:secret/with/slashes@hooks.example.com/": R,
    "": R,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_of_an_address_the_host_may_stay(address: str) -> None:
    record: Any = {"a": {"url": address}, "b": [{"url": [address, 5, {"c": "s"}]}]}
    Redactor([], ["a.url", "b[].url"]).redact(record)
    left = ADDRESSES[address]
    assert record == {"a": {"url": left}, "b": [{"url": [left, R, R]}]}
    Redactor([], ["a.url"]).redact(record)
    assert record["a"] == {"url": left}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_scan_leaves_of_an_address_what_the_intake_leaves(address: str) -> None:
    """Plain files are scanned as they are, and are redacted by the query that reads them."""
    layout = Layout(registry()["github_audit"], frozenset({"webhook.host"}))
    sql = f"SELECT {masked(layout, 'config')} FROM (SELECT ?::JSON AS config)"
    kept = {"url": address, "content_type": "json"}
    (found,) = duckdb.execute(sql, [json.dumps(kept)]).fetchone() or ("{}",)
    assert json.loads(found) == kept | {"url": ADDRESSES[address]}


def test_nesting_without_end_is_followed_without_recursion() -> None:
    record: Any = "s"
    for _ in range(1000):
        record = [record]
    Redactor(["a.b"]).redact({"a": record})


SECRETS = {
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl",
    "GitHub": "ghp_" + "a1B2" * 9,
    "fine-grained": "github_pat_11AAAAAAA0_" + "b" * 40,
    "app": "ghs_" + "c" * 36,
    "Vault": "hvs.CAESIJ" + "d" * 80,
    "batch": "hvb.AAAAAQ" + "e" * 80,
    "old Vault": "s.4Qg7kXg2oQ1r8vYc9LwQz1bA",
    "STS": "IQoJb3JpZ2luX2VjE" + "f/+=" * 30,
    "bearer": "Bearer abcdefghijklmnopqrstuvwxyz",
    "key": "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nxyz\n-----END RSA PRIVATE KEY-----",
    "cut key": "-----BEGIN PRIVATE KEY-----\\nMIIabc",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_known_by_its_shape(name: str) -> None:
    scrubbed = scrub(f"before {SECRETS[name]}, after")
    assert R in scrubbed
    assert scrubbed.startswith("before ")
    assert SECRETS[name].split()[-1] not in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        '{"sessionToken":"canary"}',
        '{"secretAccessKey" : "canary"}',
        '{\\"token\\":\\"canary\\",\\"a\\":1}',
        '{"password":"can\\"ary"}',
        '{"kind":"Secret","data":{"key":"canary","b":"canary"}}',
        '{"client_token":"canary and the text ends',
    ],
)
def test_a_secret_is_known_by_its_name(text: str) -> None:
    scrubbed = scrub(text)
    assert "canary" not in scrubbed
    assert "ary" not in scrubbed
    assert R in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE", "ASIAEXAMPLE", "hmac-sha256:9ae90f785fd07d6cf74c6c32e71a4c0f",
        "JTI=47ef4649-a921-4ffb-a4cb-fa8f4f903946", "arn:aws:iam::111122223333:role/x",
        "system:serviceaccount:web:shop", "oS4ZgBcL0gB2WzXc2zqYQ5v3mJmM5r0q2yTzQ1fWb6M=",
        "Basic authentication failed", '{"token_type":"service","tokens":2,"data":"x"}',
    ],
)  # fmt: skip
def test_ids_and_words_are_no_secrets(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    "text",
    ["\\" * 200_000, "eyJ-" * 100_000, '"data":{' * 50_000, '"token":"' * 50_000, '"' * 200_000],
)
def test_scrubbing_is_linear(text: str) -> None:
    start = time.process_time()
    scrub(text)
    assert time.process_time() - start < 5


def test_a_document_that_is_shown_is_a_copy_without_secrets() -> None:
    source = registry()["aws_cloudtrail"]
    document = cloudtrail(
        responseElements={"credentials": {"accessKeyId": "ASIA1", "sessionToken": "canary"}},
        errorMessage=f"token {SECRETS['GitHub']} is no good",
    )
    shown = redact_document(document, source)
    assert shown["responseElements"]["credentials"] == {"accessKeyId": "ASIA1", "sessionToken": R}
    assert shown["errorMessage"] == f"token {R} is no good"
    assert document["responseElements"]["credentials"]["sessionToken"] == "canary"


def test_a_document_that_nests_without_end_can_be_shown() -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": [deep]}
    assert "too deep" in str(redact_document(deep, registry()["vault_audit"]))
