"""What an emergency sets aside is said for ever, and nothing else is."""

from datetime import timedelta

import pytest

from rekey.containment.progress import Status
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.report.status_json import status_json
from rekey.containment.report.status_screen import runs_screen, status_screen
from rekey.containment.target import BlastRadius
from tests.containment.test_screens import drawn
from tests.fakes.fake_end_actions import DeleteKey
from tests.fakes.fake_issue_actions import Distribute
from tests.fakes.stage import USER, Stage

WHY = "nobody is awake"


@pytest.fixture
def risky(stage: Stage) -> Stage:
    stage.provider.radius = BlastRadius(tuple("abcdef"), 0, True, True)
    return stage


@pytest.fixture
def free(stage: Stage) -> Stage:
    """Nobody has to approve."""
    blast = stage.settings.blast.model_copy(update={"irreversible": 0})
    stage.settings = stage.settings.model_copy(update={"blast": blast})
    return stage


def test_approvals_that_come_later_do_not_erase_it(risky: Stage) -> None:
    plan = risky.plan("contain")
    risky.run(plan, override=WHY)
    done = risky.run(plan, "bob", "cem")
    assert done.override == WHY and done.set_aside == ("approval", "blast radius")
    screen = drawn(status_screen(done), 200)
    assert "EMERGENCY: carried out without its approvers" in screen and WHY in screen
    assert "(EMERGENCY)" in drawn(runs_screen([done]), 200)
    assert status_json(done)["override"] == WHY
    evidence = evidence_of(risky.journal, plan.run)
    assert (evidence.override, evidence.set_aside) == (WHY, ("approval", "blast radius"))
    assert "Emergency, set aside: approval, blast radius" in page(evidence)
    # Who approved afterwards did not approve before.
    effects = [one.permitted for one in evidence.effects if one.mutates and one.permitted]
    assert effects and all(one.approvers == () and one.override == WHY for one in effects)
    assert [one.approvers for one in evidence.granted] == [(), (("bob",), ("cem",))]
    assert evidence.granted[0].time < effects[0].time < evidence.granted[1].time


def test_without_one_every_effect_names_who_approved_it(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    evidence = evidence_of(stage.journal, plan.run)
    effects = [one.permitted for one in evidence.effects if one.mutates and one.permitted]
    assert effects and all(one.approvers == (("bob",),) for one in effects)
    assert evidence.set_aside == ()


@pytest.mark.parametrize("approvers", [(), ("bob",)])
def test_it_sets_the_cool_down_aside_where_approvals_suffice(
    approvers: tuple[str, ...], free: Stage
) -> None:
    free.run(free.plan("contain", reason="first"), "bob")
    free.cloud.update_key(USER, free.stolen, True)
    plan = free.plan("contain", reason="second", store=None, destinations={})
    assert plan.approvers == 0
    refused = free.run(plan, *approvers)
    assert "cool-down guard" in refused.steps["1-disable"].reason
    assert "say --emergency REASON" in refused.steps["1-disable"].reason
    done = free.run(plan, *approvers, override=WHY)
    assert done.steps["1-disable"].status is Status.VERIFIED
    assert done.set_aside == ("cool-down",)
    assert "EMERGENCY: carried out without the cool-down" in drawn(status_screen(done), 200)


def test_one_that_was_not_needed_says_so(free: Stage) -> None:
    done = free.run(free.plan("contain"), override=WHY)
    assert done.outcome == "contained and verified"
    assert done.set_aside == ()
    assert "EMERGENCY: declared, and not needed yet" in drawn(status_screen(done), 200)


def test_what_falls_due_later_still_happens_under_it(risky: Stage) -> None:
    plan = risky.plan("contain")
    risky.run(plan, override=WHY)
    risky.cloud.sleep(timedelta(days=8))
    done = risky.engine().resume(plan.run)
    assert done.steps["1-delete"].status is Status.VERIFIED
    assert "approval" in done.steps["1-delete"].set_aside
    assert not risky.provider.action(DeleteKey).spec.reversible
    assert not risky.provider.action(Distribute).spec.reversible
