"""What somebody acted with may stand in no record: the plan says so, and calls nothing contained."""

from datetime import UTC, datetime

from rekey.alert import ActorRef, CredentialRef
from rekey.containment.selection import select
from tests.report.samples import ALERTS, CASE

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)

UNLOGGED = [
    alert.model_copy(
        update={
            "actor": ActorRef(id="prod/system:serviceaccount:web:frontend", kind="workload"),
            "credential": CredentialRef(id=None, kind=None),
            "rule": alert.rule.model_copy(update={"playbook": "kubernetes_service_account_token"}),
        }
    )
    for alert in ALERTS[4:7]
]


def test_an_identity_whose_credential_no_log_names_is_left_open_with_its_playbook() -> None:
    case = CASE.model_copy(update={"alerts": tuple(UNLOGGED), "credentials": ()})
    selection = select(case, "contain", NOW)
    assert selection.selected == ()
    [left] = selection.left_out
    assert left.what == "what prod/system:serviceaccount:web:frontend acted with"
    assert left.exposure == "open"
    assert left.playbook == "kubernetes_service_account_token"


def test_it_stands_beside_what_is_named() -> None:
    case = CASE.model_copy(update={"alerts": (*CASE.alerts, UNLOGGED[0])})
    plain, more = select(CASE, "contain", NOW), select(case, "contain", NOW)
    assert more.selected == plain.selected
    assert len(more.left_out) == len(plain.left_out) + 1
