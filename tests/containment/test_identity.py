"""Nothing that a plan says of a target is believed, and everybody whom an effect hits is guarded."""

from collections.abc import Mapping

import pytest

from rekey.containment.break_glass import BreakGlass, Protected
from rekey.containment.plan import Plan, PlannedParty
from rekey.containment.progress import Progress, Status
from rekey.containment.settings import Dependency
from rekey.site.model import Identity, Site
from tests.fakes.stage import USER, Stage, changed, made_case

INSIDER = "break-glass-1"
LISTED = BreakGlass((Protected(match="*break-glass*", reason="the last way in", owner="secops"),))


def untouched(stage: Stage) -> bool:
    return not [call for call in stage.cloud.state["calls"] if call.startswith("done ")]


def written_by_hand(plan: Plan, **target: object) -> Plan:
    """What a requester could write: the id of one, the name of another, and nobody to ask."""
    steps = [
        step.model_copy(update={"target": step.target.model_copy(update=target)})
        for step in plan.steps
        if step.action in ("fake.disable_key", "fake.deny_older_sessions")
    ]
    changes = {"steps": tuple(steps), "approvers": 0}
    return Plan.model_validate(plan.model_copy(update=changes).model_dump(mode="json"))


def refused(done: Progress, words: str) -> None:
    first = done.steps[done.plan.steps[0].id]
    assert first.status is Status.REFUSED
    assert words in first.reason


def test_the_key_of_a_break_glass_user_under_the_name_of_somebody_harmless(stage: Stage) -> None:
    key, _ = stage.cloud.create_key(INSIDER)
    stage.cloud.set(calls=[])
    stage.listed = LISTED
    plan = written_by_hand(stage.plan("contain"), id=key, facts={"user": INSIDER})
    refused(stage.run(plan), "identity guard: not as it was planned")
    assert untouched(stage)


@pytest.mark.parametrize(
    "target",
    [
        {"facts": {"user": INSIDER}},
        {"facts": {"user": USER, "more": "x"}},
        {"identity": f"user/{INSIDER}"},
        {"aliases": ("a",)},
        {"parties": (PlannedParty(identity="user/x", why="y", aliases=()),)},
    ],
    ids=["owner", "a further fact", "identity", "aliases", "parties"],
)
def test_every_attribute_of_a_target_is_compared(
    target: Mapping[str, object], stage: Stage
) -> None:
    refused(stage.run(written_by_hand(stage.plan("contain"), **target)), "identity guard")
    assert untouched(stage)


@pytest.mark.parametrize("target", [{"kind": "fake_session"}, {"scope": "fake-2"}, {"id": "FKIA0"}])
def test_a_target_that_is_not_there(target: Mapping[str, object], stage: Stage) -> None:
    done = stage.run(written_by_hand(stage.plan("contain"), **target))
    assert done.outcome == "incomplete"
    assert untouched(stage)


def test_an_identity_that_was_made_anew_voids_the_plan(stage: Stage) -> None:
    stage.cloud.set(aliases={USER: ["AIDA-1"]})
    plan = stage.plan("contain")
    stage.cloud.set(aliases={USER: ["AIDA-2"]})
    done = stage.run(plan, "bob")
    refused(done, "has another aliases")
    assert untouched(stage)


def test_one_that_was_made_anew_in_the_middle_stops_what_is_left(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("put_cutoff", "deny")
    stage.run(plan, "bob")
    stage.cloud.set(aliases={USER: ["AIDA-2"]})
    done = stage.engine().resume(plan.run)
    assert done.steps["1-cut"].status is Status.REFUSED
    assert done.steps["1-disable"].status is Status.UNPROVEN, (
        "and it is not looked at as if it held"
    )


def test_what_the_run_itself_has_ended_may_be_gone(stage: Stage) -> None:
    """A session that was ended is not found again, and the survey of its user goes on."""
    case = made_case(stage.stolen, children={stage.session: stage.stolen})
    case = changed(case, stage.session, kind="fake_session")
    done = stage.run(stage.plan("contain", case, store=None, destinations={}), "bob")
    assert done.outcome == "contained and verified"
    assert stage.session not in stage.cloud.state["sessions"]


# Whom an effect hits besides.


def minted_by(stage: Stage, user: str) -> Plan:
    """A session of a harmless user that somebody else opened: closing its mint hits him."""
    key, _ = stage.cloud.create_key(user)
    case = made_case(stage.stolen, children={stage.session: key, key: ""})
    case = changed(changed(case, key, parent_id=None, link=None), stage.session,
                   kind="fake_session", alerts=("a1",))  # fmt: skip
    return stage.plan("contain", case, only=frozenset({stage.session}), store=None, destinations={})


def by_list(stage: Stage) -> None:
    stage.listed = LISTED


def by_site(stage: Stage) -> None:
    stage.site = Site(identities=(Identity(match=f"user/{INSIDER}", break_glass=True),))


def as_whom_we_run(stage: Stage) -> None:
    stage.cloud.set(caller=f"user/{INSIDER}")


def as_what_we_need(stage: Stage) -> None:
    depends = Dependency(match=f"user/{INSIDER}", reason="the SIEM reader")
    stage.settings = stage.settings.model_copy(update={"depends_on": (depends,)})


GUARDED = [by_list, by_site, as_whom_we_run, as_what_we_need]


@pytest.mark.parametrize("guard", GUARDED)
def test_whoever_is_hit_besides_is_guarded_when_planning(guard: object, stage: Stage) -> None:
    guard(stage)  # type: ignore[operator]
    plan = minted_by(stage, INSIDER)
    assert plan.steps == ()
    why = {one.what: one.why for one in plan.left_out}[stage.session]
    assert f"user/{INSIDER} (its mint is closed)" in why


@pytest.mark.parametrize("guard", GUARDED)
def test_and_before_each_effect(guard: object, stage: Stage) -> None:
    plan = minted_by(stage, INSIDER)
    assert plan.steps[0].target.parties[0].identity == f"user/{INSIDER}"
    guard(stage)  # type: ignore[operator]
    before = len(stage.cloud.state["sessions"])
    done = stage.run(plan.model_copy(update={"lists": {}}), "bob")
    own = next(own for own in done.steps.values() if own.status is Status.REFUSED)
    assert f"user/{INSIDER}" in own.reason
    assert len(stage.cloud.state["sessions"]) == before
