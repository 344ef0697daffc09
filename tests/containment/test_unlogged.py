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


FRONTEND = CASE.actors[3].model_copy(update={"actor": UNLOGGED[0].actor})


def test_an_identity_whose_credential_no_log_names_is_left_open_with_its_playbook() -> None:
    case = CASE.model_copy(
        update={"alerts": tuple(UNLOGGED), "credentials": (), "actors": (FRONTEND,)}
    )
    selection = select(case, "contain", NOW)
    assert selection.selected == ()
    [left] = selection.left_out
    assert left.what == "what prod/system:serviceaccount:web:frontend acted with"
    assert left.exposure == "open"
    assert left.playbook == "kubernetes_service_account_token"


def test_it_stands_beside_what_is_named() -> None:
    case = CASE.model_copy(
        update={"alerts": (*CASE.alerts, UNLOGGED[0]), "actors": (*CASE.actors, FRONTEND)}
    )
    plain, more = select(CASE, "contain", NOW), select(case, "contain", NOW)
    assert more.selected == plain.selected
    assert len(more.left_out) == len(plain.left_out) + 1


def test_who_is_no_identity_of_the_case_is_not_told_of() -> None:
    case = CASE.model_copy(update={"alerts": (*CASE.alerts, UNLOGGED[0])})
    assert select(case, "contain", NOW) == select(CASE, "contain", NOW)
