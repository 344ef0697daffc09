"""Two stolen keys of two users: neither waits for the proof of the other."""

from datetime import timedelta

import pytest

from rekey.containment.lease import LeaseLost, Leases
from rekey.containment.order import Order
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress, Status
from tests.containment.two_keys import plan_for_both
from tests.fakes.fake_action import KeyProbe
from tests.fakes.stage import USER, Stage, changed, made_case


def _entries(stage: Stage, plan: Plan, *kinds: str) -> list[tuple[str, str | None]]:
    found = stage.journal.entries(run=plan.run)
    return [(one.kind, one.step) for one in found if one.kind in kinds]


def _done(stage: Stage, plan: Plan) -> Progress:
    return stage.run(plan, "bob", "cem")


def test_both_mints_are_closed_before_either_is_proven(stage: Stage) -> None:
    plan = plan_for_both(stage)
    done = _done(stage, plan)
    assert done.outcome == "contained and verified"
    happened = [(kind, step) for kind, step in _entries(stage, plan, "applied", "verified")
                if step and step.endswith(("disable", "cut"))]  # fmt: skip
    assert [step for _, step in happened[:2]] == ["1-disable", "2-disable"]
    assert [kind for kind, _ in happened[:4]] == ["applied", "applied", "verified", "applied"]


def test_a_cut_waits_for_its_own_mint(stage: Stage) -> None:
    plan = plan_for_both(stage)
    stage.cloud.fault("update_key", "lost")  # it happened, and the answer did not come
    done = _done(stage, plan)
    for number in (1, 2):
        mint, cut = done.steps[f"{number}-disable"], done.steps[f"{number}-cut"]
        assert mint.verified_at and cut.cutoff and cut.cutoff > mint.verified_at


def test_two_take_about_as_long_as_one(stage: Stage) -> None:
    plan = plan_for_both(stage)
    done = _done(stage, plan)
    ending = [s for s in plan.steps if s.phase in ("close_mint", "cut")]
    took = [done.steps[s.id].verified_at for s in ending] + [
        done.steps[s.id].applied_at for s in ending
    ]
    times = sorted(time for time in took if time)
    rounds = timedelta(seconds=2 * 2 * len(ending))  # three rounds of questions, two seconds apart
    one_alone = timedelta(seconds=sum(s.bound_seconds for s in ending if s.id.startswith("1-")))
    assert len(times) == 2 * len(ending)
    assert times[-1] - times[0] <= one_alone + rounds


@pytest.mark.parametrize("order", ["contain", "rotate"])
def test_no_phase_overtakes_an_effect_of_an_earlier_one(stage: Stage, order: Order) -> None:
    """Only closing mints and cutting do not wait for each other."""
    plan = plan_for_both(stage, order)
    _done(stage, plan)
    phases = {step.id: step.phase.value for step in plan.steps}
    ranks = [step.phase.value for step in plan.steps]
    unproven: set[str] = set()
    for kind, step in _entries(stage, plan, "applied", "verified"):
        assert step is not None
        if kind == "verified":
            unproven.discard(step)
            continue
        earlier = {
            phases[o] for o in unproven if ranks.index(phases[o]) < ranks.index(phases[step])
        }
        assert not earlier or (earlier, phases[step]) == ({"close_mint"}, "cut")
        unproven.add(step)
    assert not unproven


def test_evidence_is_kept_before_anything_changes(stage: Stage) -> None:
    case = made_case(stage.stolen, children={stage.session: stage.stolen})
    plan = stage.plan("contain", changed(case, stage.session, kind="fake_session"))
    stage.run(plan, "bob")
    assert _entries(stage, plan, "verified", "intent")[:2] == [
        ("verified", "2-record"), ("intent", "1-disable"),
    ]  # fmt: skip


def test_what_fails_on_one_holds_up_nothing_of_the_other(stage: Stage) -> None:
    plan = plan_for_both(stage)
    stage.cloud.fault("update_key", "deny")
    done = _done(stage, plan)
    assert done.steps["1-disable"].status is Status.FAILED
    assert done.steps["1-cut"].status is Status.BLOCKED
    assert done.steps["1-cut"].reason == "waits for 1-disable"
    assert done.steps["2-cut"].status is Status.VERIFIED
    assert stage.cloud.active_keys(USER) == [stage.stolen]
    again = stage.engine().resume(plan.run)
    assert again.outcome == "contained and verified"


def test_no_credential_is_held_when_the_lease_is_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for_both(stage)
    stage.present_the_key()
    closed: list[str] = []
    close, renew = KeyProbe.close, Leases.renew

    def noting(self: KeyProbe) -> None:
        close(self)
        closed.append(self.credential.reveal())

    def lost_after_an_effect(self: Leases) -> None:
        if stage.kinds(plan.run).count("applied"):
            raise LeaseLost("lease", "another process took over")
        renew(self)

    monkeypatch.setattr(KeyProbe, "close", noting)
    monkeypatch.setattr(Leases, "renew", lost_after_an_effect)
    with pytest.raises(LeaseLost):
        _done(stage, plan)
    assert closed == [""]
