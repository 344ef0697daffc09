"""Titles in words: whose credential, how far, and what weighs most."""

import pytest

from rekey.alert import ActorRef, Alert
from rekey.case_title import name, title
from tests.investigate.alerts import alert


def key(rule: str, **more: object) -> Alert:
    return alert(rule, credential="ASIA1", kind="aws_session_key", **more)  # type: ignore[arg-type]


def test_one_alert() -> None:
    assert title([key("read")]) == "AWS session key of role-a: Title of aws/read"


def test_the_first_of_weight_names_the_identity_and_the_strongest_names_the_act() -> None:
    alerts = [
        key("noise", level="low", actor="bystander"),
        key("entry", level="medium", actor="thief"),
        key("worst", level="critical", actor="victim"),
        key("worst", level="critical", actor="victim"),
    ]
    found = "AWS session key of thief: Title of aws/worst (by victim), and 2 more findings"
    assert title(alerts) == found


def test_several_products_are_listed_in_order_of_time() -> None:
    sources = ("github_audit", "aws_cloudtrail", "github_audit", "new_log")
    alerts = [key("one", source=source) for source in sources]
    assert title(alerts).startswith("AWS session key of role-a, through GitHub, AWS and new: ")


def test_without_a_credential_the_identity_stands_alone() -> None:
    assert title([alert("read")]) == "role-a: Title of aws/read"
    assert title([alert("read", actor=None)]) == "An unknown identity: Title of aws/read"


def test_the_subject_of_an_identity_token_is_its_own_credential() -> None:
    found = title([alert("x", actor="repo:o/r:pull", credential="oidc:…", kind="oidc_subject")])
    assert found.startswith("Workflow or workload r:pull: ")


@pytest.mark.parametrize(
    ("actor", "told"),
    [
        (ActorRef(id="arn:aws:iam::1:role/x", name="x"), "x"),
        (ActorRef(id="arn:aws:iam::1:role/path/x"), "x"),
        (ActorRef(name="arn:aws:sts::1:assumed-role/x/session"), "assumed-role/x/session"),
        (ActorRef(name="system:serviceaccount:pay:api"), "service account pay/api"),
        (ActorRef(name="n" * 100), "n" * 40 + "…" + "n" * 19),
        (ActorRef(), "an unknown identity"),
    ],
)
def test_identities_have_short_names(actor: ActorRef, told: str) -> None:
    assert name(actor) == told
