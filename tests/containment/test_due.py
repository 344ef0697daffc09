"""What falls due is done when its time has come, and nobody else's trouble stops it."""

from datetime import timedelta

from rekey.containment.progress import Status
from tests.fakes.stage import Stage

WEEK = timedelta(days=7, hours=1)


def test_what_was_refused_once_is_due_again(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.run(plan, "bob")
    stage.cloud.sleep(WEEK)
    stage.settings.kill_switch.touch()
    assert stage.engine().resume(plan.run).steps["1-delete"].status is Status.REFUSED
    assert stage.engine().due() == [plan.run]
    stage.settings.kill_switch.unlink()
    assert stage.engine().resume(plan.run).steps["1-delete"].status is Status.VERIFIED
    assert stage.engine().due() == []


def test_what_was_undone_is_never_due(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.run(plan, "bob")
    stage.cloud.fault("delete_cutoff", "deny")
    stage.engine().undo(plan.run, "wrong", stage.people.undo(plan, "ada"))
    stage.cloud.sleep(WEEK)
    assert stage.engine().due() == [], "not even one that was undone in part"


def test_what_is_overdue_is_tried_once_and_then_no_more(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.run(plan, "bob")
    stage.cloud.sleep(WEEK + timedelta(days=8))
    assert stage.engine().due() == [plan.run]
    assert "expired" in stage.engine().resume(plan.run).steps["1-delete"].reason
    assert stage.engine().due() == []
