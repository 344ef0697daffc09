"""Undoing takes back what is the run's own, leaves no workload without a key, and says what remains."""

from datetime import timedelta

import pytest

from rekey.containment.approval import NotApproved
from rekey.containment.progress import Progress, Status
from rekey.errors import ExitCode, RekeyError
from tests.fakes.fake_end_actions import DenyOlderSessions
from tests.fakes.stage import PATH, USER, Stage


def undone(stage: Stage, run: str, reason: str = "wrong workload") -> Progress:
    plan = stage.engine().progress(run).plan
    return stage.engine().undo(run, reason, stage.people.undo(plan, "ada"))


def two_runs(stage: Stage) -> tuple[str, str]:
    """Two runs contain the same identity; between them nothing was given back."""
    first = stage.plan("contain", reason="first", store=None, destinations={})
    stage.run(first, "bob")
    stage.cloud.sleep(timedelta(hours=1))
    second = stage.plan("contain", reason="second", store=None, destinations={})
    assert stage.run(second, "bob").outcome == "contained and verified"
    return first.run, second.run


def test_what_a_newer_run_rests_on_stays(stage: Stage) -> None:
    first, second = two_runs(stage)
    done = undone(stage, first)
    assert (done.outcome, done.ended.code) == ("undone in part", ExitCode.INCOMPLETE)
    for step in ("1-disable", "1-cut"):
        assert done.steps[step].status is Status.FAILED
        assert f"run {second} rests on it" in done.steps[step].reason
    assert stage.cloud.active_keys(USER) == []
    assert stage.cloud.use(stage.session) == "Rejected"


def test_it_goes_when_the_newer_run_is_undone_too(stage: Stage) -> None:
    first, second = two_runs(stage)
    assert undone(stage, second).outcome == "undone"
    assert stage.cloud.active_keys(USER) == [], "the key was off before the second run"
    assert undone(stage, first).outcome == "undone"
    assert stage.cloud.active_keys(USER) == [stage.stolen]


def test_the_mark_of_a_run_that_this_journal_does_not_know(stage: Stage) -> None:
    plan = stage.plan("contain", store=None, destinations={})
    stage.run(plan, "bob")
    cut = stage.provider.action(DenyOlderSessions)
    real = cut.observe

    def marked(call: object) -> object:
        from dataclasses import replace

        return replace(real(call), ours=False)  # type: ignore[arg-type]

    cut.observe = marked  # type: ignore[assignment, method-assign]
    done = undone(stage, plan.run)
    assert "another run, of another journal rests on it" in done.steps["1-cut"].reason
    assert done.outcome == "undone in part"


def test_the_store_is_put_back_before_the_successor_goes(stage: Stage) -> None:
    broken: list[str] = []

    def watch(cloud: object, operation: str) -> None:
        """Whoever reads the store anew, at any moment, must get something that works."""
        stored = stage.cloud.state["store"][PATH][-1]["value"]
        if stage.cloud._authorised(stored) is None:
            broken.append(operation)

    plan = stage.plan("rotate")
    assert stage.run(plan, "bob").outcome == "rotated and verified"
    stage.cloud.sleep(timedelta(minutes=1))
    stage.cloud.adversary = watch
    done = undone(stage, plan.run)
    stage.cloud.adversary = None
    assert done.outcome == "undone"
    assert broken == []
    stage.cloud.restart_workloads(PATH)
    stage.cloud.sleep(timedelta(minutes=1))
    assert stage.cloud.workloads_ok(PATH) == {"exporter": True}
    assert stage.cloud.active_keys(USER) == [stage.stolen]


@pytest.mark.parametrize("order", ["contain", "rotate"])
def test_a_store_that_cannot_be_put_back_keeps_its_successor(order: str, stage: Stage) -> None:
    plan = stage.plan("rotate" if order == "rotate" else "contain")
    stage.run(plan, "bob")
    stage.cloud.put_secret(PATH, "somebody", stage.cloud.state["store"][PATH][-1]["value"])
    done = undone(stage, plan.run)
    assert done.outcome == "undone in part"
    assert done.ended.remains == ("1-issue",)
    assert "somebody wrote" in done.steps["1-issue"].reason
    assert len(stage.cloud.active_keys(USER)) == 2
    assert stage.cloud.workloads_ok(PATH) == {"exporter": True}


def test_the_successor_stays_while_the_old_key_is_not_back(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    stage.cloud.fault("update_key", "deny")
    done = undone(stage, plan.run)
    assert done.ended.remains == ("1-disable", "1-issue")
    assert "the successor stays: the old credential is not back" in done.steps["1-issue"].reason
    assert stage.cloud.workloads_ok(PATH) == {"exporter": True}
    again = undone(stage, plan.run)
    assert (again.outcome, again.ended.code) == ("undone", ExitCode.OK)


def test_a_part_that_failed_is_undone_in_part_and_gone_on_with(stage: Stage) -> None:
    plan = stage.plan("contain", store=None, destinations={})
    stage.run(plan, "bob")
    stage.cloud.fault("delete_cutoff", "deny")
    done = undone(stage, plan.run)
    assert (done.outcome, done.ended.code) == ("undone in part", ExitCode.INCOMPLETE)
    assert done.ended.remains == ("1-cut",)
    assert done.finished == "undone in part"
    with pytest.raises(NotApproved, match="undone in part") as told:
        stage.engine().resume(plan.run)
    assert f"rekey contain undo {plan.run}" in str(told.value.hint)
    assert undone(stage, plan.run).outcome == "undone"


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_reason_is_needed(reason: str, stage: Stage) -> None:
    plan = stage.plan("contain", store=None, destinations={})
    stage.run(plan, "bob")
    with pytest.raises(RekeyError, match="needs a reason"):
        undone(stage, plan.run, reason)
    assert stage.cloud.active_keys(USER) == []


def test_what_an_attempt_left_half_done_is_not_called_undone(stage: Stage) -> None:
    """A key was made, and neither stored nor named: nobody knows it but the provider."""
    plan = stage.plan("contain")
    stage.cloud.fault("create_key", "lost")
    stage.cloud.fault("delete_key", *["timeout"] * 9)
    left = stage.run(plan, "bob").steps["1-issue"]
    assert "what it left could not be ended" in left.reason
    done = undone(stage, plan.run)
    assert done.outcome == "undone in part"
    assert "half done is still there" in done.steps["1-issue"].reason
