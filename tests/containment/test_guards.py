"""Each guard says no, before anything is changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rekey.containment.break_glass import BreakGlass, Protected
from rekey.containment.call import Applied, Call
from rekey.containment.errors import Throttled
from rekey.containment.lease import LeaseLost, Leases
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress, Status
from rekey.containment.settings import Dependency, Limits
from rekey.containment.target import BlastRadius
from rekey.site.model import Identity, Site
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.fake_end_actions import DisableKey
from tests.fakes.fake_store import FakeStore
from tests.fakes.stage import USER, Stage

Change = Callable[[Stage], None]


def runs_as_the_target(stage: Stage) -> None:
    stage.cloud.set(caller=f"user/{USER}")


def does_not_know_itself(stage: Stage) -> None:
    stage.cloud.set(caller="")


def is_connected_elsewhere(stage: Stage) -> None:
    stage.cloud.set(account="fake-444455556666")


def the_key_belongs_to_somebody_else(stage: Stage) -> None:
    keys = dict(stage.cloud.state["keys"])
    keys[stage.stolen] = {**keys[stage.stolen], "user": "svc-other"}
    stage.cloud.set(keys=keys)


def provider_reserves_it(stage: Stage) -> None:
    stage.provider.reserved = {f"user/{USER}": "service-linked"}


def list_protects_it(stage: Stage) -> None:
    entry = Protected(match="user/svc-*", reason="payroll", owner="ops")
    # Its digest is left out: this list is in force from now on, and the plan knew none.
    stage.listed = BreakGlass((entry,))


def site_protects_it(stage: Stage) -> None:
    stage.site = Site(identities=(Identity(match=f"user/{USER}", break_glass=True),))


def something_depends_on_it(stage: Stage) -> None:
    depends = Dependency(match=f"user/{USER}", reason="the SIEM reader")
    stage.settings = stage.settings.model_copy(update={"depends_on": (depends,)})


def kill_switch_is_on(stage: Stage) -> None:
    stage.settings.kill_switch.touch()


def cap_is_reached(stage: Stage) -> None:
    limits = Limits(effects_per_hour=1)
    stage.settings = stage.settings.model_copy(update={"limits": limits})


def plan_has_expired(stage: Stage) -> None:
    stage.cloud.sleep(timedelta(hours=5))


def radius_has_grown(stage: Stage) -> None:
    stage.provider.radius = BlastRadius(tuple("abcdef"), 0, False, False)


GUARDS: dict[str, Change] = {
    "self guard: user/svc-export is who": runs_as_the_target,
    "the fake does not say who we are": does_not_know_itself,
    "account guard": is_connected_elsewhere,
    "identity guard: not as it was planned": the_key_belongs_to_somebody_else,
    "break-glass guard: user/svc-export: service-linked": provider_reserves_it,
    "break-glass guard: user/svc-export: break-glass list": list_protects_it,
    "break-glass guard: user/svc-export: the site file": site_protects_it,
    "self guard: containment depends": something_depends_on_it,
    "kill switch guard": kill_switch_is_on,
    "blast radius guard": radius_has_grown,
}


def interrupted(stage: Stage) -> tuple[Plan, Progress]:
    """Begin a run while the kill switch is on, so that its first effect is still to come."""
    plan = stage.plan("contain")
    stage.settings.kill_switch.touch()
    stage.run(plan, "bob")
    stage.settings.kill_switch.unlink()
    return plan, stage.engine().progress(plan.run)


def check_refuses(stage: Stage, words: str, change: Change) -> None:
    plan, _ = interrupted(stage)
    change(stage)
    after = stage.engine().resume(plan.run).steps["1-disable"]
    assert after.status in (Status.REFUSED, Status.FAILED)
    assert words in after.reason
    assert not [call for call in stage.cloud.state["calls"] if call.startswith("done ")]


@pytest.mark.parametrize("words", GUARDS)
def test_a_guard_refuses_when_the_world_changes_after_the_approval(
    words: str, stage: Stage
) -> None:
    check_refuses(stage, words, GUARDS[words])


def test_an_approval_that_expired_permits_no_further_effect(stage: Stage) -> None:
    check_refuses(stage, "approval guard: it expired", plan_has_expired)


def test_a_signer_who_was_struck_off_permits_no_further_effect(stage: Stage) -> None:
    plan, _ = interrupted(stage)
    stage.people.allowed.rename(stage.people.folder / "kept")
    try:
        stage.people.allowed.write_text("")
        after = stage.engine().resume(plan.run).steps["1-disable"]
    finally:
        (stage.people.folder / "kept").rename(stage.people.allowed)
    assert after.status is Status.REFUSED


@pytest.mark.parametrize(
    "change",
    [runs_as_the_target, does_not_know_itself, provider_reserves_it, list_protects_it,
     site_protects_it, something_depends_on_it],
)  # fmt: skip
def test_the_plan_shows_already_what_a_guard_would_refuse(change: Change, stage: Stage) -> None:
    change(stage)
    plan = stage.plan("contain")
    assert plan.steps == ()
    assert any("guard" in one.why or "who we are" in one.why for one in plan.left_out)


def test_what_the_store_depends_on_is_not_acted_on(stage: Stage) -> None:
    class Store(FakeStore):
        def identities(self) -> frozenset[str]:
            return frozenset({f"user/{USER}"})

    plan = stage.plan("contain", store=Store(stage.cloud))
    assert plan.steps == ()
    assert "secret store" in plan.left_out[0].why


def test_the_rate_cap_counts_effects_of_all_runs(stage: Stage) -> None:
    cap_is_reached(stage)
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-disable"].status is Status.VERIFIED
    assert "rate guard" in done.steps["1-cut"].reason
    stage.cloud.sleep(timedelta(hours=2))
    stage.settings = stage.settings.model_copy(update={"limits": Limits()})
    assert stage.engine().resume(done.plan.run).outcome == "contained and verified"


def test_whoever_slept_longer_than_his_lease_acts_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is suspended while it waits: no lease is renewed in its sleep."""
    plan, _ = interrupted(stage)
    asked: list[str] = []

    def throttled(self: DisableKey, call: Call) -> Applied:
        asked.append(call.step)
        raise Throttled("too many calls", timedelta(seconds=9))

    def sleeps_on(self: FakeCloud, length: timedelta) -> None:
        sleep(self, length)
        if length == timedelta(seconds=9):
            sleep(self, timedelta(hours=1))
            other = Leases(stage.journal, stage.cloud, timedelta(hours=2), "other")
            other.take([plan.steps[0].subject])

    sleep = FakeCloud.sleep
    monkeypatch.setattr(DisableKey, "apply", throttled)
    monkeypatch.setattr(FakeCloud, "sleep", sleeps_on)
    with pytest.raises(LeaseLost, match="another process works on"):
        stage.engine().resume(plan.run)
    assert asked == ["1-disable"]


def test_an_identity_cools_down_between_runs(stage: Stage) -> None:
    stage.run(stage.plan("contain", reason="first"), "bob")
    stage.cloud.update_key(USER, stage.stolen, True)
    again = stage.run(stage.plan("contain", reason="second", store=None, destinations={}), "bob")
    assert "cool-down guard" in again.steps["1-disable"].reason
    stage.cloud.sleep(timedelta(minutes=16))
    assert stage.engine().resume(again.plan.run).steps["1-disable"].status is Status.VERIFIED


def test_an_emergency_does_not_wait_until_it_has_cooled_down(stage: Stage) -> None:
    """And is as loud as one without approvers, though all have approved."""
    stage.run(stage.plan("contain", reason="first"), "bob")
    stage.cloud.update_key(USER, stage.stolen, True)
    plan = stage.plan("contain", reason="second", store=None, destinations={})
    assert stage.run(plan, "bob").steps["1-disable"].status is Status.REFUSED
    again = stage.run(plan, "bob", override="it is used again")
    assert again.steps["1-disable"].status is Status.VERIFIED
    assert again.override == "it is used again"


def test_an_emergency_overrides_neither_self_nor_break_glass(stage: Stage) -> None:
    for change, words in ((runs_as_the_target, "self"), (list_protects_it, "break-glass")):
        plan = stage.plan("contain", reason=words)
        before = stage.listed
        change(stage)
        done = stage.run(plan, override="nobody is awake")
        assert done.steps["1-disable"].status is Status.REFUSED
        assert words in done.steps["1-disable"].reason
        stage.cloud.set(caller="user/responder")
        stage.listed = before
