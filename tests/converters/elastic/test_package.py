"""What `rekey build elastic` writes of all shipped rules."""

import csv
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from rekey.converters.elastic.compiled import MEANING, DifferenceKind
from rekey.converters.elastic.kibana import Extras
from rekey.converters.elastic.package import Package, build
from rekey.converters.elastic.schema import Name, Schema
from rekey.converters.elastic.target import Target
from rekey.converters.elastic.threat import Attack
from rekey.converters.elastic.versions import digests, lock
from rekey.converters.lint.tables import tactics, techniques
from rekey.converters.rule import Kind
from rekey.converters.version_lock import raised, read
from rekey.loading import load
from rekey.pack import shipped_pack
from rekey.site import Site
from tests.elastic.kibana import rule as kibana
from tests.elastic.named_fields import named

DATA = Path(__file__).parents[2] / "data" / "elastic"
RULES = load([shipped_pack()], None).rules
SCHEMAS = pytest.mark.parametrize("schema", ["ecs", "raw"])

NOT_INDEXED = {
    "aws/call_through_endpoint_of_a_new_account": "vpcEndpointAccountId",
    "aws/function_credential_used_elsewhere": "inScopeOf.issuerType",
    "aws/instance_profile_given_another_role": "requestParameters.instanceProfileName",
    "aws/job_session_used_elsewhere": "webIdFederationData.federatedProvider",
    "aws/new_access_key_used_to_destroy": "accessKey.accessKeyId",
    "aws/oidc_provider_made_then_used": "openIDConnectProviderArn",
    "aws/role_assumed_by_new_subject": "identityProvider",
    "aws/saml_provider_made_then_used": "sAMLProviderArn",
    "aws/second_factor_enrolled_by_key_then_used": "serialNumber",
    "aws/trust_anchor_made_then_used": "trustAnchorArn",
    "kubernetes/admission_webhook_points_outside": "webhooks.clientConfig.url",
    "kubernetes/client_certificate_requested_and_approved_by_one_identity": "signerName",
    "kubernetes/pod_writes_persistence_into_its_node": "spec.containers.command",
    "kubernetes/rights_granted_to_everybody": "subjects.name",
    "kubernetes/stale_token_of_a_pod_used_beside_a_fresh_one": "stale-token",
    "kubernetes/token_minted_for_new_audience": "spec.audiences",
    "kubernetes/token_secret_created": "requestObject.type",
    "kubernetes/workload_with_access_to_its_node_created": "jobTemplate.spec.template.spec",
    "github/webhook_delivers_to_a_request_bin": "webhook.host",
    "vault/policy_of_its_own_rewritten": "auth.metadata.role_name",
}
"""Rules that rest on a field which Elastic's integration does not index, or holds where nothing can be joined by it."""


@cache
def package(schema: Name) -> Package:
    extras = Extras(Attack(tactics(), techniques()), {})
    return build(RULES.rules, Target(Schema(schema), Site()), extras, {})


def indexed() -> dict[str, str]:
    names: dict[str, str] = {}
    for table in DATA.glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as lines:
            names |= {row["elastic_path"]: row["type"] for row in csv.DictReader(lines)}
    return names


def test_only_rules_without_their_field_are_unsupported() -> None:
    unsupported = package("ecs").unsupported
    assert unsupported.keys() == NOT_INDEXED.keys()
    for path, field in NOT_INDEXED.items():
        assert field in unsupported[path]
    assert package("raw").unsupported == {}
    assert len(package("ecs").rules) >= 55


def test_queries_name_only_fields_that_the_integrations_index() -> None:
    known = [name for name in indexed() if name]
    for path, rule in package("ecs").rules.items():
        for name in required(rule):
            assert any(fnmatchcase(name, each) or name.startswith(f"{each}.") for each in known), (
                path,
                name,
            )


def test_a_rule_that_sees_a_part_promises_no_more() -> None:
    made = package("ecs")
    in_part = unseen(made)
    path = "kubernetes/cluster_admin_granted_by_a_service_account"
    assert in_part[path] == {"requestObject.roleRef.name"}
    assert "cluster-admin" not in made.rules[path]["name"]
    for path, fields in in_part.items():
        assert all(field in made.rules[path]["description"] for field in fields)
    said = {path for path, rule in made.rules.items() if "Seen in part" in rule["description"]}
    assert said == in_part.keys()


def test_plain_documents_hide_nothing_but_an_asterisk_from_eql() -> None:
    made = package("raw")
    path = "kubernetes/permissions_probed_before_secrets_were_read"
    assert unseen(made) == {path: {"requestObject.spec.resourceAttributes.resource"}}
    assert made.rules[path]["type"] == "eql"
    seen = "kubernetes/cluster_admin_granted_by_a_service_account"
    assert made.rules[seen]["name"] == RULES[seen].title


def unseen(made: Package) -> dict[str, set[str]]:
    """Give the fields that a rule looks at and cannot see, by the rules that have such."""
    found = {
        path: {d.detail for d in compiled.differences if d.kind == "in_part"}
        for path, compiled in made.compiled.items()
    }
    return {path: fields for path, fields in found.items() if fields}


@SCHEMAS
def test_required_fields_are_those_that_the_queries_name(schema: Name) -> None:
    for path, rule in package(schema).rules.items():
        assert required(rule) == named(kibana.read(rule)), path


def required(rule: Any) -> set[str]:
    return {field["name"] for field in rule["required_fields"]}


@SCHEMAS
def test_rules_keep_their_identity_and_say_what_an_analyst_needs(schema: Name) -> None:
    for path, rule in package(schema).rules.items():
        assert rule["rule_id"] == RULES[path].id
        assert rule["immutable"] is False
        assert not {"enabled", "exceptions_list", "actions"} & rule.keys(), "its users' to say"
        assert rule["threat"], path
        for block in rule["threat"]:
            assert block["tactic"]["id"].startswith("TA")
        for heading in ("## Who", "## Where to look", "## False positives", "## Playbook"):
            assert heading in rule["note"], path


@SCHEMAS
def test_windows_are_seen_whole_at_every_phase(schema: Name) -> None:
    for path, compiled in package(schema).rules.items():
        rule = RULES[path]
        plan = Target(Schema(schema), Site()).schedule(rule)
        assert compiled["interval"] == f"{plan.interval // 60}m"
        assert compiled["from"] == f"now-{plan.lookback // 60}m"
        if rule.correlation and rule.kind not in (Kind.FIRST_SEEN, Kind.DORMANT):
            assert plan.lookback == rule.correlation.timespan + plan.interval + plan.delay


def test_single_events_that_come_late_are_found_without_a_clock_of_arrival() -> None:
    for path, compiled in package("raw").rules.items():
        if RULES[path].kind is not Kind.SINGLE:
            continue
        [late] = [d for d in package("raw").compiled[path].differences if d.kind == "late"]
        looks_back, runs = (int(compiled[name].strip("now-m")) for name in ("from", "interval"))
        assert late.detail == f"{looks_back - runs} minutes"
    named = {d.kind for path, c in package("ecs").compiled.items() for d in c.differences
             if RULES[path].kind is Kind.SINGLE}  # fmt: skip
    assert "late" not in named


def test_what_counts_goes_by_the_events_own_time() -> None:
    """A backfill is no burst; only single events go by arrival, so that late ones are seen."""
    for path, compiled in package("ecs").rules.items():
        by_arrival = compiled.get("timestamp_override") == "event.ingested"
        assert by_arrival == (RULES[path].kind is Kind.SINGLE), path


def test_no_rule_needs_a_licence_unless_asked() -> None:
    assert not any("alert_suppression" in rule for rule in package("ecs").rules.values())
    extras = Extras(Attack({}, {}), {})
    paid = build(RULES.rules, Target(Schema("ecs"), Site(), suppress=True), extras, {})
    assert any("alert_suppression" in rule for rule in paid.rules.values())


@SCHEMAS
def test_equal_input_gives_equal_bytes(schema: Name) -> None:
    extras = Extras(Attack(tactics(), techniques()), {})
    again = build(RULES.rules, Target(Schema(schema), Site()), extras, {})
    assert again.files() == package(schema).files()


@SCHEMAS
def test_lines_are_rules_and_differences_are_explained(schema: Name) -> None:
    files = package(schema).files()
    lines = [orjson.loads(line) for line in files["rules.ndjson"].splitlines()]
    assert [line["rule_id"] for line in lines] == [
        entry["rule_id"] for entry in package(schema).differences().values()
    ]
    assert MEANING.keys() == set(get_args(DifferenceKind))
    for entry in orjson.loads(files["differences.json"]).values():
        for difference in entry["differences"]:
            assert difference["meaning"] == MEANING[difference["kind"]]


def test_raw_templates_map_every_field_that_queries_read() -> None:
    made = package("raw")
    templates = [orjson.loads(v) for k, v in made.files().items() if k.startswith("index_")]
    mapped = {name for each in templates for name in names(each["template"]["mappings"], "")}
    for path, rule in made.rules.items():
        assert required(rule) <= mapped, path


def names(mapping: dict[str, Any], start: str) -> set[str]:
    found: set[str] = set()
    for level in ("properties", "fields"):
        for name, below in mapping.get(level, {}).items():
            found |= {start + name} | names(below, f"{start}{name}.")
    return found


def test_a_version_rises_only_with_the_content() -> None:
    rules = package("ecs").by_id
    first = raised({}, digests(rules))
    assert {each.version for each in first.values()} == {1}
    assert raised(first, digests(rules)) == first
    name = next(iter(rules))
    changed = rules | {name: rules[name] | {"query": "another"}}
    again = raised(first, digests(changed))
    assert again[name].version == 2
    assert {n: v for n, v in again.items() if n != name} == {
        n: v for n, v in first.items() if n != name
    }
    enabled = {n: r | {"enabled": True} for n, r in rules.items()}
    assert raised(first, digests(enabled)) == first


def test_the_lock_file_knows_every_rule() -> None:
    """Whether its digests are right is what `rekey build elastic --check` says."""
    for schema in ("ecs", "raw"):
        assert read(lock(schema)).keys() >= package(schema).by_id.keys()
