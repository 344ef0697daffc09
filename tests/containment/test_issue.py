"""A credential that is made is stored, or known to be left; and none is made twice."""

from datetime import timedelta

import pytest

from rekey.containment.approval import NotApproved
from rekey.containment.patience import ATTEMPTS
from rekey.containment.progress import Status
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.status_screen import status_screen
from rekey.journal.sqlite import SqliteJournal
from tests.containment.test_screens import drawn
from tests.fakes.stage import PATH, USER, Stage


def test_a_plan_has_one_run_in_one_journal(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.run(plan, "bob")
    keys = stage.cloud.active_keys(USER)
    stage.journal = SqliteJournal(stage.folder / "another", now=stage.cloud.now)
    with pytest.raises(NotApproved, match="was made for the journal"):
        stage.run(plan, "bob")
    assert stage.cloud.active_keys(USER) == keys


def test_a_dry_run_is_not_carried_out(stage: Stage) -> None:
    with pytest.raises(NotApproved, match="is a dry run"):
        stage.run(stage.plan("contain", journal=None), "bob")


def test_a_key_that_is_new_since_the_plan_was_made_voids_it(stage: Stage) -> None:
    plan = stage.plan("rotate")
    other, _ = stage.cloud.create_key(USER)
    done = stage.run(plan, "bob")
    assert done.steps["1-issue"].status is Status.REFUSED
    assert f"since it was made user/{USER} has got {other}" in done.steps["1-issue"].reason
    assert stage.cloud.calls("done create_key") == 1, "the other one"


def test_a_store_that_cannot_take_it_is_found_out_before(stage: Stage) -> None:
    stage.cloud.set(places=["somewhere/else"])
    plan = stage.plan("contain")
    assert "1-issue" not in {step.id for step in plan.steps}
    why = next(one.why for one in plan.left_out if one.step == "1-issue")
    assert f"the store fake-store cannot take it: there is no {PATH}" in why


def test_and_again_before_anything_is_made(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.set(places=["somewhere/else"])
    done = stage.run(plan, "bob")
    assert done.steps["1-issue"].status is Status.FAILED
    assert "cannot take it" in done.steps["1-issue"].reason
    assert stage.cloud.calls("done create_key") == 0


def test_what_a_store_refuses_is_taken_back_and_named(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("put_secret", "deny")
    done = stage.run(plan, "bob")
    assert stage.cloud.active_keys(USER) == []
    failed = [e.payload for e in stage.journal.entries(run=plan.run, kind="failed")]
    assert [len(one["removed"]) for one in failed] == [1], "the journal names the key"
    assert done.steps["1-issue"].stray == frozenset()


def test_what_the_last_attempt_left_is_ended_before_it_is_given_up(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("create_key", *["lost"] * ATTEMPTS)
    done = stage.run(plan, "bob")
    assert "given up" in done.steps["1-issue"].reason
    assert "what it left was ended" in done.steps["1-issue"].reason
    assert stage.cloud.calls("done create_key") == ATTEMPTS
    assert stage.cloud.active_keys(USER) == [], "nobody has the value of any"
    cleared = [e.payload["removed"] for e in stage.journal.entries(run=plan.run, kind="cleared")]
    assert len({id for removed in cleared for id in removed}) == ATTEMPTS, "each is named"


def test_what_cannot_be_taken_back_is_said_on_every_screen(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("put_secret", "deny")
    stage.cloud.fault("delete_key", *["deny"] * 9)
    done = stage.run(plan, "bob")
    (stray,) = stage.cloud.active_keys(USER)
    assert done.steps["1-issue"].stray == frozenset({stray})
    assert f"{stray}, made by 1-issue, and neither stored nor removed" in drawn(
        status_screen(done), 160
    )
    effect = next(e for e in evidence_of(stage.journal, plan.run).effects if e.step == "1-issue")
    assert effect.stray == (stray,)
    # The rights are back: whoever goes on ends it, and makes another.
    stage.cloud.state["faults"].clear()
    stage.cloud.sleep(timedelta(minutes=1))
    done = stage.engine().resume(plan.run)
    assert done.outcome == "contained and verified"
    assert done.steps["1-issue"].stray == frozenset()
    assert stray not in stage.cloud.active_keys(USER)
