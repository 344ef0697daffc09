"""What a survey found blocks what would give something back, until somebody says why it is honest."""

from datetime import timedelta

import pytest

from rekey.alert import OriginRef
from rekey.case import Case, Step
from rekey.containment.approval import NotApproved
from rekey.containment.explaining import sign_explanation
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress, Status
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.report.plan_screen import plan_screen
from rekey.containment.report.status_screen import status_screen
from rekey.containment.target import BlastRadius
from rekey.errors import RekeyError
from rekey.journal.ssh_signature import SignatureError
from tests.containment.test_screens import drawn
from tests.fakes.fake_cloud import EPOCH
from tests.fakes.stage import USER, Stage, made_case

REASON = "the nightly job makes one"


def found(stage: Stage) -> tuple[Plan, str]:
    """Stop at a key that somebody made in the window."""
    plan = stage.plan("contain")
    key, _ = stage.cloud.create_key(USER)
    done = stage.run(plan, "bob")
    assert done.steps["1-survey"].status is Status.UNPROVEN
    assert [one.id for one in done.findings] == [key]
    assert "1-issue" not in {e.step for e in stage.journal.entries(run=plan.run, kind="intent")}
    return plan, key


def explain(stage: Stage, plan: Plan, *ids: str, by: str = "bob", reason: str = REASON) -> Progress:
    signature = sign_explanation(plan, ids, reason, stage.people.key(by))
    return stage.engine().explain(plan.run, ids, reason, signature)


def test_what_is_explained_is_passed_and_stands_in_the_evidence(stage: Stage) -> None:
    plan, key = found(stage)
    screen = drawn(status_screen(stage.engine().progress(plan.run)), 160)
    assert f"key of {USER} [{key}]" in screen
    assert f"rekey contain explain {plan.run} ID" in screen
    explain(stage, plan, key)
    stage.cloud.delete_key(USER, key)  # two keys are as many as there may be
    done = stage.engine().resume(plan.run)
    assert done.steps["1-survey"].status is Status.VERIFIED
    assert done.outcome == "contained and verified"
    evidence = evidence_of(stage.journal, plan.run)
    assert [(one.ids, one.reason, one.by) for one in evidence.explanations] == [
        ((key,), REASON, ("bob",))
    ]
    assert REASON in page(evidence)


def test_explaining_changes_nothing_by_itself(stage: Stage) -> None:
    plan, key = found(stage)
    done = explain(stage, plan, key)
    assert done.steps["1-survey"].status is Status.UNPROVEN
    assert done.findings == []


def test_what_is_found_next_is_not_explained_by_that(stage: Stage) -> None:
    plan, key = found(stage)
    explain(stage, plan, key)
    stage.cloud.delete_key(USER, key)
    other, _ = stage.cloud.create_key(USER)
    done = stage.engine().resume(plan.run)
    assert [one.id for one in done.findings] == [other]


def test_the_requester_does_not_explain_what_needed_approvers(stage: Stage) -> None:
    plan, key = found(stage)
    with pytest.raises(NotApproved, match="somebody else explains"):
        explain(stage, plan, key, by="ada")


def test_where_nobody_had_to_approve_he_may(stage: Stage) -> None:
    blast = stage.settings.blast.model_copy(update={"irreversible": 0})
    stage.settings = stage.settings.model_copy(update={"blast": blast})
    stage.provider.radius = BlastRadius((), 0, False, False)
    plan, key = found(stage)
    assert explain(stage, plan, key, by="ada").findings == []


def test_a_signature_is_over_ids_and_reason(stage: Stage) -> None:
    plan, key = found(stage)
    signature = sign_explanation(plan, [key], REASON, stage.people.key("bob"))
    with pytest.raises(SignatureError):
        stage.engine().explain(plan.run, [key], "another reason", signature)


def test_only_what_was_found_is_explained_and_with_a_reason(stage: Stage) -> None:
    plan, key = found(stage)
    with pytest.raises(RekeyError, match="has the id FKIANONE") as told:
        explain(stage, plan, "FKIANONE")
    assert key in str(told.value.hint)
    with pytest.raises(RekeyError, match="needs a reason"):
        explain(stage, plan, key, reason=" ")


def test_what_was_not_asked_is_not_nothing(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.set(not_asked=["passwords: the server does not know them"])
    done = stage.run(plan, "bob")
    assert done.steps["1-survey"].status is Status.UNPROVEN
    assert "not asked: passwords" in done.steps["1-survey"].reason


# What the case shows.


def acted(case: Case, *steps: Step) -> Case:
    return case.model_copy(update={"timeline": steps})


def act(
    key: str, action: str, event: str, outcome: str = "success", minted: tuple[str, ...] = (),
    source: str = "fake",
) -> Step:  # fmt: skip
    return Step(
        time=EPOCH + timedelta(hours=1), source=source, event_id=event, actor_id=f"user/{USER}",
        credential_id=key, action=action, outcome=outcome, target="user/backdoor",
        minted_ids=minted, origin=OriginRef(), role="context",
    )  # fmt: skip


def test_what_the_thief_left_as_the_case_shows_it_must_be_explained(stage: Stage) -> None:
    case = acted(
        made_case(stage.stolen),
        act(stage.stolen, "create user", "e1"), act(stage.stolen, "create user", "e2", "denied"),
        act(stage.stolen, "list users", "e3"), act("FKIAHONEST", "create user", "e4"),
    )  # fmt: skip
    plan = stage.plan("contain", case)
    assert [one.id for one in plan.findings] == ["e1"]
    assert "create user user/backdoor [e1]" in drawn(plan_screen(plan, None, False), 120)
    done = stage.run(plan, "bob")
    assert done.steps["1-survey"].status is Status.UNPROVEN
    explain(stage, plan, "e1")
    assert stage.engine().resume(plan.run).outcome == "contained and verified"


def test_what_a_key_did_elsewhere_is_not_read_in_the_words_of_its_own_provider(
    stage: Stage,
) -> None:
    """A key of AWS's that acts on a cluster: the words of its log are the cluster's."""
    case = acted(
        made_case(stage.stolen), act(stage.stolen, "create user", "e1", source="other_audit"),
        act(stage.stolen, "create user", "e2", source="fake_trail"),
    )  # fmt: skip
    assert [one.id for one in stage.plan("contain", case).findings] == ["e2"]


def test_what_was_minted_and_is_contained_needs_no_word(stage: Stage) -> None:
    child, _ = stage.cloud.create_key("svc-b")
    case = acted(
        made_case(stage.stolen, children={child: stage.stolen}),
        act(stage.stolen, "create key", "e1", minted=(child,)),
    )
    plan = stage.plan("contain", case)
    assert plan.findings == ()
    assert {stage.stolen, child} <= set(plan.explained)


def test_only_what_the_plan_contains_is_explained_by_it(stage: Stage) -> None:
    """A credential of the case that is left out is found by the survey, if it lives there."""
    made, _ = stage.cloud.create_key(USER)
    case = made_case(stage.stolen, children={made: stage.stolen})
    case = case.model_copy(
        update={"credentials": (case.credentials[0], case.credentials[1].model_copy(
            update={"link": "ambiguous"}))}
    )  # fmt: skip
    plan = stage.plan("contain", case)
    assert made not in plan.explained
    assert [one.id for one in stage.run(plan, "bob").findings] == [made]
