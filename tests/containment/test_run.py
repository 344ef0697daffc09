"""A plan is carried out, goes on, falls due, and is undone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.approval import NotApproved
from rekey.containment.call import Applied, Call
from rekey.containment.effect import Effects
from rekey.containment.errors import Unreachable
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.containment.verifying import Verifying
from rekey.errors import RekeyError
from tests.fakes.fake_action import SessionProbe
from tests.fakes.fake_end_actions import DenyOlderSessions, DisableKey
from tests.fakes.fake_issue_actions import CreateKey
from tests.fakes.stage import PATH, USER, Stage


def test_contain_ends_what_is_out_and_gives_the_workload_a_successor(stage: Stage) -> None:
    stage.present_the_key()
    done = stage.run(stage.plan("contain"), "bob")
    assert done.outcome == "contained and verified"
    assert stage.cloud.use(stage.stolen_credential) == "Rejected"
    assert stage.cloud.use(stage.session) == "Rejected"
    assert stage.cloud.workloads_ok(PATH) == {"exporter": True}
    assert done.steps["1-disable"].grade is Grade.A
    assert done.steps["1-delete"].status is Status.WAITING


def test_without_the_old_key_the_proof_is_only_read_back(stage: Stage) -> None:
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-disable"].grade is Grade.B


def test_rotate_never_leaves_the_workload_without_a_key(stage: Stage) -> None:
    broken: list[str] = []

    def watch(cloud: object, operation: str) -> None:
        if not all(stage.cloud.workloads_ok(PATH).values()):
            broken.append(operation)

    stage.cloud.adversary = watch
    assert stage.run(stage.plan("rotate"), "bob").outcome == "rotated and verified"
    assert broken == []
    assert stage.cloud.use(stage.stolen_credential) == "Rejected"


def test_phases_happen_in_the_order_of_the_plan(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    effects = [e.step for e in stage.journal.entries(run=plan.run, kind="applied")]
    assert effects == ["1-disable", "1-cut", "1-issue", "1-restart"]


def test_the_cut_is_later_than_the_proof_that_minting_is_closed(stage: Stage) -> None:
    done = stage.run(stage.plan("contain"), "bob")
    closed, cut = done.steps["1-disable"], done.steps["1-cut"]
    assert closed.verified_at and cut.cutoff and cut.cutoff > closed.verified_at


def test_deleting_waits_for_its_grace_time_and_then_happens(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.run(plan, "bob")
    stage.cloud.sleep(timedelta(days=6, hours=23))
    assert stage.engine().due() == []
    assert stage.engine().resume(plan.run).steps["1-delete"].status is Status.WAITING
    assert stage.stolen in stage.cloud.state["keys"]
    stage.cloud.sleep(timedelta(hours=2))
    assert stage.engine().due() == [plan.run]
    assert stage.engine().resume(plan.run).steps["1-delete"].status is Status.VERIFIED
    assert stage.stolen not in stage.cloud.state["keys"]
    assert stage.engine().due() == []


def test_a_grace_time_does_not_outlive_its_approval_for_ever(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.run(plan, "bob")
    stage.cloud.sleep(timedelta(days=15))
    late = stage.engine().resume(plan.run)
    assert late.steps["1-delete"].status is Status.REFUSED
    assert stage.stolen in stage.cloud.state["keys"]


def test_a_run_that_is_done_does_nothing_when_it_is_run_again(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    before = [call for call in stage.cloud.state["calls"] if call.startswith("done")]
    stage.run(plan, "bob")
    assert [call for call in stage.cloud.state["calls"] if call.startswith("done")] == before


def test_undo_takes_back_last_first_and_only_what_it_may(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    undone = stage.engine().undo(plan.run, "wrong workload", stage.people.undo(plan, "ada"))
    assert undone.outcome == "undone"
    assert stage.cloud.active_keys(USER) == [stage.stolen]
    assert stage.cloud.get_cutoffs(USER) == {}
    steps = [e.step for e in stage.journal.entries(run=plan.run, kind="undone")]
    assert steps == ["1-cut", "1-disable", "1-issue"], "the successor goes last"
    with pytest.raises(NotApproved, match="undone"):
        stage.engine().resume(plan.run)


def test_undo_restores_nothing_that_was_so_before(stage: Stage) -> None:
    stage.cloud.update_key(USER, stage.stolen, False)
    plan = stage.plan("contain")
    assert plan.step("1-disable").holds_already
    stage.run(plan, "bob")
    stage.engine().undo(plan.run, "wrong workload", stage.people.undo(plan, "ada"))
    assert stage.cloud.active_keys(USER) == []


def test_undoing_that_the_provider_only_claims_is_seen(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    stage.cloud.fault("update_key", "lie")
    undone = stage.engine().undo(plan.run, "wrong workload", stage.people.undo(plan, "ada"))
    assert undone.steps["1-disable"].status is Status.FAILED


def test_the_mark_of_a_run_is_on_what_it_makes(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    assert f"rekey-{plan.run}-1-cut" in stage.cloud.get_cutoffs(USER)


def test_what_an_attacker_undoes_after_a_crash_is_done_again(stage: Stage) -> None:
    plan = stage.plan("contain")
    cut = next(one for one in stage.provider.offered if isinstance(one, DenyOlderSessions))
    real = cut.verify
    cut.verify = lambda call: [][:0]  # type: ignore[method-assign]
    assert stage.run(plan, "bob").outcome == "incomplete"
    cut.verify = real  # type: ignore[method-assign]
    stage.cloud.delete_cutoff(USER, f"rekey-{plan.run}-1-cut")
    assert stage.engine().resume(plan.run).outcome == "contained and verified"
    assert stage.cloud.use(stage.session) == "Rejected"


def test_a_sibling_is_not_made_again_after_a_crash_for_what_was_handed_in_beside_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SessionProbe] = []

    def sibling(call: Call) -> SessionProbe:
        made.append(SessionProbe(stage.cloud, Secret(stage.stolen_credential)))
        return made[-1]

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    disable = next(one for one in stage.provider.offered if isinstance(one, DisableKey))
    disable.probe = sibling  # type: ignore[method-assign]
    stage.present_the_key()
    plan = stage.plan("contain")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Verifying, "verify", dies)
        stage.run(plan, "bob")
    assert stage.engine().resume(plan.run).steps["1-disable"].grade is Grade.B
    assert len(made) == 1, "what is minted after the cut is nobody's sibling"


def test_a_cut_by_age_is_dated_by_the_provider_and_not_by_us(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With our clock behind, what the thief opened last would be newer than the cut, and live."""
    theirs, real = stage.cloud.now() + timedelta(minutes=3), stage.provider.connection
    plan = stage.plan("contain")
    monkeypatch.setattr(stage.provider, "connection", lambda: replace(real(), clock=theirs))
    cutoff = stage.run(plan, "bob").steps["1-cut"].cutoff
    assert cutoff == theirs.replace(microsecond=0) + timedelta(seconds=6)


def test_one_lost_answer_about_who_we_are_stops_nothing(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("caller", "timeout")
    assert stage.run(plan, "bob").outcome == "contained and verified"


def test_a_read_that_fails_in_the_middle_of_an_effect_is_looked_at_and_gone_on_with(
    stage: Stage,
) -> None:
    create = next(one for one in stage.provider.offered if isinstance(one, CreateKey))
    real, failures = create.apply, [Unreachable("no answer to find_secret")]

    def apply(call: Call) -> Applied:
        if not failures:
            return real(call)
        stage.cloud.create_key(USER)
        raise failures.pop()

    create.apply = apply  # type: ignore[method-assign]
    plan = stage.plan("contain")
    assert stage.run(plan, "bob").outcome == "contained and verified"
    assert len(stage.cloud.active_keys(USER)) == 1
    cleared = list(stage.journal.entries(run=plan.run, kind="cleared"))
    assert [len(one.payload["removed"]) for one in cleared] == [1], "the orphan is named"


def test_a_last_look_that_fails_is_not_said_to_have_seen_something(stage: Stage) -> None:
    plan = stage.plan("contain")

    def fails(self: object, step: PlannedStep) -> None:
        raise Unreachable("no answer")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Effects, "gone", fails)
        done = stage.run(plan, "bob")
    assert done.outcome == "incomplete"
    reason = done.steps["1-disable"].reason
    assert reason == "it was proven, and could not be looked at again at the end: no answer"


def test_an_unknown_run(stage: Stage) -> None:
    with pytest.raises(RekeyError, match="knows no run"):
        stage.engine().resume("nothing")
