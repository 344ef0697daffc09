"""The generated filters do in pySigma what the site file says."""

from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sigma.collection import SigmaCollection

from rekey.converters.registry import registry
from rekey.pack import Pack
from rekey.rule_head import rule_heads
from rekey.site import load_site, sigma_filters
from rekey.site.filters import ANNOUNCED as FIELDS

TODAY = date(2026, 11, 23)

RULES = {
    "aws/one": """
        title: One
        id: 11111111-1111-4111-8111-111111111111
        logsource: {product: aws, service: cloudtrail}
        detection: {selection: {eventName: A}, condition: selection}
        """,
    "aws/new_region": """
        title: Base
        id: 22222222-2222-4222-8222-222222222222
        name: base
        logsource: {product: aws, service: cloudtrail}
        detection: {selection: {readOnly: true}, condition: selection}
        ---
        title: New region
        id: 33333333-3333-4333-8333-333333333333
        correlation:
          type: value_count
          rules: [base]
          group-by: [userIdentity.arn]
          timespan: 30d
          condition: {field: awsRegion, gte: 2}
        x-rekey: {first_seen: {history: 30d, maturity: 14d}}
        """,
    "kubernetes/other": """
        title: Other
        id: 44444444-4444-4444-8444-444444444444
        logsource: {product: kubernetes, service: audit}
        detection: {selection: {verb: get}, condition: selection}
        """,
}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    for path, text in RULES.items():
        file = tmp_path / "rules" / f"{path}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
    return Pack(tmp_path / "rules", tmp_path / "fixtures", tmp_path / "playbooks")


def filters(pack: Pack, tmp_path: Path, text: str) -> list[dict[str, Any]]:
    file = tmp_path / "site.yml"
    file.write_text(dedent(text))
    return sigma_filters(load_site(file), TODAY, rule_heads([pack]))


def conditions(pack: Pack, documents: list[dict[str, Any]]) -> dict[str, bool]:
    """Rule title → whether a filter was applied to it, as pySigma sees it."""
    rules = SigmaCollection.load_ruleset([pack.rules])
    found = SigmaCollection.from_dicts(documents, collect_filters=True)
    merged = SigmaCollection.merge([rules, found])
    return {
        rule.title: "not _filt_" in rule.detection.condition[0]
        for rule in merged.rules
        if hasattr(rule, "detection")
    }


EXCLUSION = """\
    exclusions:
      - id: ours
        logsource: {{product: aws, service: cloudtrail}}
        fields: {{userAgent|startswith: [Ours/, Theirs/], sourceIPAddress|cidr: 203.0.113.0/24}}
        rules: {rules}
        owner: a@example.com
        reason: because
        expires: {expires}
    """


def test_all_means_every_rule_of_the_log_source(pack: Pack, tmp_path: Path) -> None:
    found = filters(pack, tmp_path, EXCLUSION.format(rules="all", expires="2026-11-23"))
    assert conditions(pack, found) == {"One": True, "Base": True, "Other": False}


def test_a_stateful_rule_is_reached_through_its_base_rules(pack: Pack, tmp_path: Path) -> None:
    text = EXCLUSION.format(rules="[aws/new_region]", expires="2026-11-24")
    found = filters(pack, tmp_path, text)
    assert conditions(pack, found) == {"One": False, "Base": True, "Other": False}


def test_an_expired_entry_excludes_nothing(pack: Pack, tmp_path: Path) -> None:
    text = EXCLUSION.format(rules="all", expires="2026-11-22")
    assert filters(pack, tmp_path, text) == []
    site = load_site(tmp_path / "site.yml")
    assert [entry.id for entry in site.expired(TODAY)] == ["ours"]


ANNOUNCED = """\
    announced:
      - {id: new, kind: KIND, values: [eu-south-2], owner: a, reason: b, expires: 2026-12-01}
    """


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("region", {"awsRegion": ["eu-south-2"]}),
        ("issuer", {"userIdentity.identityProvider|contains": ["eu-south-2"]}),
        (
            "account",
            [
                {"userIdentity.accountId": ["eu-south-2"]},
                {"recipientAccountId": ["eu-south-2"]},
            ],
        ),
    ],
)
def test_news_is_hidden_from_first_seen_rules_only(
    pack: Pack, tmp_path: Path, kind: str, fields: Any
) -> None:
    found = filters(pack, tmp_path, ANNOUNCED.replace("KIND", kind))
    assert conditions(pack, found) == {"One": False, "Base": True, "Other": False}
    assert found[0]["filter"]["excluded"] == fields


def test_news_that_no_rule_watches_gives_no_filter(pack: Pack, tmp_path: Path) -> None:
    assert filters(pack, tmp_path, ANNOUNCED.replace("KIND", "cluster")) == []


def test_each_announced_field_is_one_of_its_log_source() -> None:
    for sources in FIELDS.values():
        for source, fields in sources.items():
            known = registry()[source]
            for field in fields:
                assert field.split("|")[0] in {*known.fields, *known.derived, *known.roles}


def test_filters_are_the_same_each_time(pack: Pack, tmp_path: Path) -> None:
    text = EXCLUSION.format(rules="all", expires="2026-11-24")
    assert filters(pack, tmp_path, text) == filters(pack, tmp_path, text)
