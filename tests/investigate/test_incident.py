"""The shipped incident comes out as one case, held against its ground truth."""

from collections import Counter

import pytest

from rekey.case import Case, Investigation
from rekey.report.words import standing
from tests.investigate.runs import seen
from tests.scenarios.shipped import truth

LEGACY_KEY = "AKIAEXAMPLE7Q2LEGACY"


def test_one_case_holds_everything_that_was_raised(incident: Investigation, case: Case) -> None:
    assert incident.other_alerts == ()
    assert {source for alert in case.alerts for source in alert.sources} == {
        "aws_cloudtrail", "github_audit", "kubernetes_audit", "vault_audit",
    }  # fmt: skip
    assert case.level == "high"


def test_the_timeline_is_the_attack(incident: Investigation) -> None:
    wanted = {(event["source"], event["event_id"]) for event in truth()}
    found = seen(incident)
    recall = len(wanted & found) / len(wanted)
    precision = len(wanted & found) / len(found)
    # Seen with `pytest -rP`.
    print(f"timeline against the truth: recall {recall:.3f}, precision {precision:.3f}")  # noqa: T201
    assert recall >= 0.95
    assert precision >= 0.95


def test_every_step_of_the_story_is_told(incident: Investigation) -> None:
    found = seen(incident)
    told = {e["step"] for e in truth() if (e["source"], e["event_id"]) in found}
    assert told == {event["step"] for event in truth()}


def test_the_rules_that_the_story_expects_have_fired(case: Case) -> None:
    fired = {alert.rule.path for alert in case.alerts}
    assert {
        "aws/role_assumed_by_new_subject", "aws/credential_minted_for_another_identity",
        "kubernetes/credentials_read_through_exec", "kubernetes/pod_token_used_outside_the_cluster",
        "vault/orphan_token_minted", "github/token_used_from_new_network",
    } <= fired  # fmt: skip


def test_what_was_left_behind_is_followed_to_its_last_use(case: Case) -> None:
    (key,) = [node for node in case.credentials if node.credential.id == LEGACY_KEY]
    assert key.actor_id == "arn:aws:iam::444455556666:user/svc-legacy-export"
    assert (key.validity, key.uses) == ("valid", 27)
    uses = [step for step in case.timeline if step.credential_id == LEGACY_KEY]
    assert sum(step.count for step in uses) == 27
    assert max(step.until or step.time for step in uses) == key.last_used


def test_a_step_names_the_credentials_that_it_issued(case: Case) -> None:
    issued = Counter(name for step in case.timeline for name in step.minted_ids)
    made = {node.credential.id for node in case.credentials if node.minted_at}
    assert issued == Counter(made)


def test_those_who_only_served_are_not_among_who(case: Case) -> None:
    actors = [who.actor for who in case.actors]
    assert actors[0].id == "parcel-docs-bot"
    assert not [who.id for who in actors if who.kind == "provider"]
    assert not [who.id for who in actors if (who.id or "").startswith("AROA")]


def test_the_title_says_whose_credential_and_how_far(case: Case) -> None:
    assert case.title.startswith(
        "Fine-grained personal access token of parcel-docs-bot, "
        "through GitHub, AWS, Kubernetes and Vault: "
    )


def test_a_response_must_reach_the_stolen_token_as_well(case: Case) -> None:
    kinds = {node.credential.kind for node in standing(case)}
    assert kinds >= {"aws_access_key", "Fine-grained personal access token"}
    assert "oidc_subject" not in kinds


def test_what_is_abnormal_names_its_alert(case: Case) -> None:
    assert {way.alert_id for way in case.abnormal} <= {alert.id for alert in case.alerts}


@pytest.mark.parametrize(
    ("actor", "owner"),
    [
        ("parcel-docs-bot", "docs@example.com"),
        ("arn:aws:iam::111122223333:role/gha-deploy", "platform@example.com"),
        ("prod-eu1/system:serviceaccount:payments:vault-auth", None),
    ],
)
def test_owners_are_found_or_said_to_be_unknown(case: Case, actor: str, owner: str | None) -> None:
    (who,) = [who for who in case.actors if who.actor.id == actor]
    assert (who.owner.owner if who.owner else None) == owner
