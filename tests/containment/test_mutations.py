"""Take away one guard, one verify, one edge of the order at a time: a scenario must turn red.

Each mutation names the scenario that guards it. The scenario passes on the whole engine, and
fails with the part taken away; so neither can rot without the other.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rekey.containment import clearance, effect, guards, lease, look_back, steps, turns
from rekey.containment.action_spec import Grade, Phase
from rekey.containment.approval import NotApproved
from rekey.containment.call import Check
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status
from rekey.containment.proof import Watch
from tests.containment import test_guards as guarded
from tests.containment import test_turns as in_turn
from tests.containment.truth import lies
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.stage import USER, Stage

Scenario = Callable[[Stage], None]


def refuses(words: str) -> Scenario:
    return lambda stage: guarded.check_refuses(stage, words, guarded.GUARDS[words])


def says_only_what_is_true(**faults: str) -> Scenario:
    def scenario(stage: Stage) -> None:
        for operation, mode in faults.items():
            stage.cloud.fault(operation, mode)
        done = stage.run(stage.plan("contain"), "bob")
        assert lies(stage, done) == []
        assert done.outcome == "incomplete"
        step = {"update_key": "1-disable", "put_cutoff": "1-cut"}[next(iter(faults))]
        assert "verified" not in stage.kinds(done.plan.run, step)

    return scenario


def a_lost_answer_makes_no_second_effect(stage: Stage) -> None:
    stage.cloud.fault("create_key", "lost")
    done = stage.run(stage.plan("contain"), "bob")
    assert done.outcome == "contained and verified"
    assert len(stage.cloud.active_keys(USER)) == 1


def a_revert_at_the_end_is_seen(stage: Stage) -> None:
    def adversary(cloud: FakeCloud, operation: str) -> None:
        if operation == "restart_workloads":
            cloud.update_key(USER, stage.stolen, True)

    stage.cloud.adversary = adversary
    done = stage.run(stage.plan("contain"), "bob")
    stage.cloud.adversary = None
    assert lies(stage, done) == []


def a_key_made_after_the_survey_is_seen(stage: Stage) -> None:
    """There are two places for keys: he gives up the one that is known."""
    made: list[str] = []

    def adversary(cloud: FakeCloud, operation: str) -> None:
        if operation == "restart_workloads" and not made:
            made.append("soon")
            cloud.delete_key(USER, stage.stolen)
            made[:] = [cloud.create_key(USER)[0]]

    stage.cloud.adversary = adversary
    plan = stage.plan("contain")
    done = stage.run(plan, "bob")
    stage.cloud.adversary = None
    assert done.outcome == "incomplete"
    assert "at the end no longer so: unexplained" in done.steps["1-survey"].reason
    assert made[0] in done.steps["1-survey"].reason
    assert {one.id for one in done.findings} == set(made)


def nothing_is_issued_before_the_cut(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("put_cutoff", "always lie")
    stage.run(plan, "bob")
    assert stage.cloud.active_keys(USER) == []


def the_old_key_stays_until_the_workload_has_the_new_one(stage: Stage) -> None:
    plan = stage.plan("rotate")
    stage.cloud.fault("restart_workloads", "always lie")
    done = stage.run(plan, "bob")
    assert stage.stolen in stage.cloud.active_keys(USER)
    assert done.outcome == "incomplete"


def a_wrong_key_is_no_proof(stage: Stage) -> None:
    from rekey.containment.secret import Secret

    stage.presented = {stage.stolen: Secret(f"{stage.stolen}:wrong")}
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-disable"].grade is Grade.B


def a_rejection_before_the_bound_is_no_proof(stage: Stage) -> None:
    stage.present_the_key()
    done = stage.run(stage.plan("contain"), "bob")
    own = done.steps["1-disable"]
    assert own.applied_at and own.verified_at
    assert (own.verified_at - own.applied_at).total_seconds() >= 5 + 2 * 2


def two_runs_do_not_meet(stage: Stage) -> None:
    plan, _ = guarded.interrupted(stage)
    from datetime import timedelta

    from rekey.containment.lease import Leases

    other = Leases(stage.journal, stage.cloud, timedelta(minutes=10), "other")
    other.take([f"fake/{stage.cloud.state['account']}/user/{USER}"])
    with pytest.raises(guards.GuardRefused, match="is working on"):
        stage.engine().resume(plan.run)


def whoever_slept_longer_acts_no_more(stage: Stage) -> None:
    with pytest.MonkeyPatch.context() as patched:
        guarded.test_whoever_slept_longer_than_his_lease_acts_no_more(stage, patched)


def the_cap_holds(stage: Stage) -> None:
    guarded.cap_is_reached(stage)
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-cut"].status is Status.REFUSED


def the_cool_down_holds(stage: Stage) -> None:
    guarded.test_an_identity_cools_down_between_runs(stage)


def no_phase_overtakes_another(stage: Stage) -> None:
    in_turn.test_no_phase_overtakes_an_effect_of_an_earlier_one(stage, "contain")


def grace_is_kept(stage: Stage) -> None:
    stage.run(stage.plan("contain"), "bob")
    assert stage.stolen in stage.cloud.state["keys"]


def the_expired_plan_does_nothing(stage: Stage) -> None:
    guarded.check_refuses(stage, "approval guard: it expired", guarded.plan_has_expired)


def nothing(*_: Any, **__: Any) -> None:
    return None


def only_effects(step: PlannedStep, progress: Progress) -> bool:
    return progress.steps[step.id].status is Status.VERIFIED and step.phase in (
        Phase.CLOSE_MINT, Phase.CUT,
    )  # fmt: skip


def permits(self: clearance.Clearance, *_: Any) -> Any:
    return self._approved


def believes_the_answer(self: Watch, applied: Any, ask: Callable[[], Sequence[Check]]) -> Any:
    from rekey.containment.proof import Proof

    return Proof(Grade.B, 3, applied, ())


def no_wait(self: Watch, applied: Any, ask: Callable[[], Sequence[Check]]) -> Any:
    early = applied - self._propagation.bound * 100
    return _prove(self, early, ask)


_prove = Watch.prove


def always_probes(self: effect.Effects, action: Any, call: Any, step: Any, connection: Any) -> Any:
    return call, action.probe(call)


def waits_for_nobody(self: Progress, step: str) -> list[str]:
    return []


MUTATIONS: dict[str, tuple[object, str, Any, Scenario]] = {
    "self guard": (guards, "oneself", nothing, refuses("self guard: user/svc-export is who")),
    "depended on": (guards, "oneself", nothing, refuses("self guard: containment depends")),
    "account guard": (
        effect.Effects, "begin", None, refuses("account guard"),
    ),
    "identity guard": (guards, "unchanged", nothing, refuses("identity guard: not as it was planned")),
    "break-glass list": (
        guards, "protected", nothing, refuses("break-glass guard: user/svc-export: break-glass list"),
    ),
    "reserved": (
        guards, "protected", nothing, refuses("break-glass guard: user/svc-export: service-linked"),
    ),
    "blast radius": (clearance, "approvers", lambda *_, **__: (0, ()), refuses("blast radius guard")),
    "expiry": (clearance.Clearance, "_permitted", permits, the_expired_plan_does_nothing),
    "rate cap": (guards, "rate", nothing, the_cap_holds),
    "cool-down": (guards, "cool_down", nothing, the_cool_down_holds),
    "lease": (lease.Leases, "_free", nothing, two_runs_do_not_meet),
    "lease after a sleep": (lease.Leases, "_ours", nothing, whoever_slept_longer_acts_no_more),
    "verify": (Watch, "prove", believes_the_answer, says_only_what_is_true(update_key="always lie")),
    "verify of the cut": (
        Watch, "prove", believes_the_answer, says_only_what_is_true(put_cutoff="always lie"),
    ),
    "propagation bound": (Watch, "prove", no_wait, a_rejection_before_the_bound_is_no_proof),
    "control of the probe": (effect.Effects, "_prepare", always_probes, a_wrong_key_is_no_proof),
    "look back": (effect.Effects, "gone", nothing, a_revert_at_the_end_is_seen),
    "look back at surveys": (
        look_back, "_looked_at_again", only_effects, a_key_made_after_the_survey_is_seen,
    ),
    "edges when containing": (
        Progress, "needs_met", waits_for_nobody, nothing_is_issued_before_the_cut,
    ),
    "edges when rotating": (
        Progress, "needs_met", waits_for_nobody,
        the_old_key_stays_until_the_workload_has_the_new_one,
    ),
    "edges in the plan": (
        steps, "_needs", lambda *_: (), nothing_is_issued_before_the_cut,
    ),
    "edges between phases": (turns.Turns, "_held", lambda *_: False, no_phase_overtakes_another),
    "grace time": (turns.Turns, "_waits", lambda *_: False, grace_is_kept),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_scenario_turns_red(name: str, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, attribute, mutant, scenario = MUTATIONS[name]
    if name == "account guard":
        holder, attribute, mutant = guards, "account", nothing
        monkeypatch.setattr(
            "rekey.containment.connections.Connections.in_scope",
            lambda self, name, scope: self.providers[0],
        )
    monkeypatch.setattr(holder, attribute, mutant)
    with pytest.raises((AssertionError, pytest.fail.Exception, NotApproved)):
        scenario(stage)


@pytest.mark.parametrize("name", MUTATIONS)
def test_and_is_green_on_the_whole_engine(name: str, stage: Stage) -> None:
    MUTATIONS[name][3](stage)


def test_an_effect_that_was_intended_is_looked_for_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_lost_answer_makes_no_second_effect(stage)
    assert stage.cloud.calls("done create_key") == 2  # the orphan's secret was lost with the answer
    assert stage.cloud.calls("done delete_key") == 1


def test_every_phase_has_its_place_in_both_orders() -> None:
    from rekey.containment.order import ORDERS

    assert all(sorted(phases) == sorted(Phase) for phases in ORDERS.values())
