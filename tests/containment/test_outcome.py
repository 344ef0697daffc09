"""A run never ends better than what is proven, and than what its plan left open."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rekey.case import Case
from rekey.containment.break_glass import BreakGlass, Protected
from rekey.containment.outcome import at_best
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress, Status
from rekey.containment.report.status_json import status_json
from rekey.errors import ExitCode
from tests.fakes.fake_end_actions import DenyOlderSessions, DisableKey
from tests.fakes.stage import Stage, changed, made_case


def leaving(plan: Plan) -> dict[str, str]:
    return {one.what: one.exposure for one in plan.left_out if one.step is None}


def ended(stage: Stage, plan: Plan, words: str, code: ExitCode) -> Progress:
    """Run a plan whose steps all get done, and see that its end was foretold."""
    assert at_best(plan) == words
    done = stage.run(plan, "bob", "cem")
    stands = {id: own.status for id, own in done.steps.items()}
    assert set(stands.values()) <= {Status.VERIFIED, Status.WAITING}, stands
    assert (done.outcome, done.ended.code) == (words, code)
    assert status_json(done)["exit_code"] == code
    return done


def second(stage: Stage, user: str = "svc-b") -> str:
    return stage.cloud.create_key(user)[0]


# A credential of the case that the plan does not contain.


def denied_while_locating(stage: Stage) -> tuple[Case, str]:
    child = second(stage)
    stage.cloud.fault("locate", "", "", "deny")
    return made_case(stage.stolen, children={child: stage.stolen}), child


def throttled_while_locating(stage: Stage) -> tuple[Case, str]:
    child = second(stage)
    stage.cloud.fault("locate", "", "", "throttle")
    return made_case(stage.stolen, children={child: stage.stolen}), child


def of_a_break_glass_user(stage: Stage) -> tuple[Case, str]:
    child = second(stage, "break-glass-1")
    stage.listed = BreakGlass((Protected(match="*break-glass*", reason="r", owner="o"),))
    return made_case(stage.stolen, children={child: stage.stolen}), child


def of_a_kind_that_nobody_handles(stage: Stage) -> tuple[Case, str]:
    case = made_case(stage.stolen, children={"ghp_1": stage.stolen})
    return changed(case, "ghp_1", kind="github_token"), "ghp_1"


def of_an_unknown_kind(stage: Stage) -> tuple[Case, str]:
    case = made_case(stage.stolen, children={"hmac-1": stage.stolen})
    return changed(case, "hmac-1", kind=None), "hmac-1"


def of_an_ambiguous_edge(stage: Stage) -> tuple[Case, str]:
    child = second(stage)
    case = made_case(stage.stolen, children={child: stage.stolen})
    return changed(case, child, link="ambiguous"), child


def below_an_unknown_edge(stage: Stage) -> tuple[Case, str]:
    child, grandchild = second(stage), second(stage, "svc-c")
    case = made_case(stage.stolen, children={child: stage.stolen, grandchild: child})
    return changed(case, child, link="unknown"), grandchild


@pytest.mark.parametrize(
    "scene",
    [
        denied_while_locating, throttled_while_locating, of_a_break_glass_user,
        of_a_kind_that_nobody_handles, of_an_unknown_kind, of_an_ambiguous_edge,
        below_an_unknown_edge,
    ],
)  # fmt: skip
def test_what_is_left_out_is_named_and_the_run_ends_in_part(
    scene: Callable[[Stage], tuple[Case, str]], stage: Stage
) -> None:
    case, left = scene(stage)
    plan = stage.plan("contain", case)
    assert leaving(plan)[left] == "open"
    done = ended(stage, plan, "contained in part", ExitCode.INCOMPLETE)
    assert left in {one.what for one in done.ended.exposed}


def test_a_stolen_key_that_was_not_asked_for_is_named(stage: Stage) -> None:
    other = second(stage)
    case = changed(made_case(stage.stolen, children={other: stage.stolen}), other, parent_id=None,
                   link=None, alerts=("a1",))  # fmt: skip
    plan = stage.plan("contain", case, only=frozenset({stage.stolen}))
    assert leaving(plan) == {other: "open"}
    ended(stage, plan, "contained in part", ExitCode.INCOMPLETE)


def test_a_credential_without_an_id_is_named(stage: Stage) -> None:
    case = made_case(stage.stolen)
    (root,) = case.credentials
    nameless = root.model_copy(
        update={"credential": root.credential.model_copy(update={"id": None})}
    )
    plan = stage.plan("contain", case.model_copy(update={"credentials": (root, nameless)}))
    ended(stage, plan, "contained in part", ExitCode.INCOMPLETE)


def test_a_survey_that_cannot_be_made_is_missed(stage: Stage) -> None:
    survey = next(one for one in stage.provider.offered if one.spec.name == "fake.survey_user")
    survey.more = {"impossible": "nobody can look"}  # type: ignore[attr-defined]
    plan = stage.plan("contain", store=None, destinations={})
    ended(stage, plan, "contained in part", ExitCode.INCOMPLETE)


# What leaves nothing usable.


def gone(stage: Stage, child: str) -> dict[str, object]:
    stage.cloud.delete_key("svc-b", child)
    return {}


def expired(stage: Stage, child: str) -> dict[str, object]:
    return {"expires_at": stage.cloud.now() - timedelta(minutes=1)}


def unrelated(stage: Stage, child: str) -> dict[str, object]:
    return {"parent_id": None, "link": None}


@pytest.mark.parametrize("change", [gone, expired, unrelated])
def test_what_is_over_or_has_nothing_to_do_with_it_spoils_nothing(
    change: Callable[[Stage, str], dict[str, object]], stage: Stage
) -> None:
    child = second(stage)
    case = changed(
        made_case(stage.stolen, children={child: stage.stolen}), child, **change(stage, child)
    )
    plan = stage.plan("contain", case)
    assert leaving(plan) == {child: "none"}
    ended(stage, plan, "contained and verified", ExitCode.OK)


# The mint.


def of_a_session(stage: Stage, **parent: object) -> Case:
    """A case about a stolen session whose key has no alert."""
    case = made_case(stage.stolen, children={stage.session: stage.stolen})
    case = changed(case, stage.session, kind="fake_session", alerts=("a1",))
    return changed(case, stage.stolen, **{"alerts": (), **parent})


def test_a_cut_without_a_closed_mint_is_called_so(stage: Stage) -> None:
    plan = stage.plan("contain", of_a_session(stage), store=None, destinations={})
    assert {step.action for step in plan.steps} == {
        "fake.record", "fake.end_session", "fake.survey_user",
    }  # fmt: skip
    done = ended(stage, plan, "cut, mint open", ExitCode.INCOMPLETE)
    assert [one.kind for one in done.ended.exposed] == ["mint open"]
    assert stage.cloud.use(stage.cloud.mint_session(stage.stolen_credential)) == "OK", "it is so"


def test_a_mint_that_is_contained_with_it_is_closed(stage: Stage) -> None:
    case = of_a_session(stage, alerts=("a1",))
    plan = stage.plan("contain", case, store=None, destinations={})
    ended(stage, plan, "contained and verified", ExitCode.OK)


def test_a_close_that_leaves_a_way_says_so(stage: Stage) -> None:
    stage.provider.action(DisableKey).more = {"mint_open": "a password opens sessions too"}
    plan = stage.plan("contain")
    done = ended(stage, plan, "cut, mint open", ExitCode.INCOMPLETE)
    assert done.ended.exposed[0].why == "a password opens sessions too"


def test_a_mint_whose_close_is_not_proven_is_open(stage: Stage) -> None:
    plan = stage.plan("contain")
    done = stage.run(plan, "bob")
    assert not done.ended.exposed
    done.steps["1-disable"].status = Status.UNPROVEN
    assert [one.kind for one in done.ended.exposed] == ["mint open"]


# What only time ends.


def test_a_residual_ends_when_the_case_knows_that_the_credential_does(stage: Stage) -> None:
    stage.provider.action(DenyOlderSessions).more = {"residual": "somebody takes it unasked"}
    expires = stage.cloud.now() + timedelta(hours=6)
    case = changed(made_case(stage.stolen), stage.stolen, expires_at=expires)
    done = ended(
        stage, stage.plan("contain", case), "contained, exposure remains", ExitCode.EXPOSED
    )
    assert [(one.until, one.endless) for one in done.ended.exposed] == [(expires, False)]


def test_a_residual_whose_end_nobody_knows(stage: Stage) -> None:
    stage.provider.action(DenyOlderSessions).more = {"residual": "somebody takes it unasked"}
    done = ended(stage, stage.plan("contain"), "contained, exposure remains", ExitCode.EXPOSED)
    assert [(one.until, one.endless) for one in done.ended.exposed] == [(None, False)]


def test_a_residual_without_end(stage: Stage) -> None:
    more = {"residual": "somebody takes it unasked", "residual_endless": True}
    stage.provider.action(DenyOlderSessions).more = more
    case = changed(
        made_case(stage.stolen), stage.stolen, expires_at=stage.cloud.now() + timedelta(1)
    )
    done = ended(
        stage, stage.plan("contain", case), "contained, exposure remains", ExitCode.EXPOSED
    )
    assert [(one.until, one.endless) for one in done.ended.exposed] == [(None, True)]


def test_a_rotation_lets_children_expire_and_does_not_call_that_verified(stage: Stage) -> None:
    child, expires = second(stage), stage.cloud.now() + timedelta(hours=1)
    case = changed(
        made_case(stage.stolen, children={child: stage.stolen}), child, expires_at=expires
    )
    done = ended(stage, stage.plan("rotate", case), "rotated, exposure remains", ExitCode.EXPOSED)
    assert [one.until for one in done.ended.exposed] == [expires]


# Refused, or failed.


def test_a_run_that_only_guards_stopped_ends_as_refused(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.settings.kill_switch.touch()
    assert stage.run(plan, "bob").ended.code == ExitCode.REFUSED
    stage.settings.kill_switch.unlink()
    stage.cloud.fault("update_key", "deny")
    done = stage.engine().resume(plan.run)
    assert (done.outcome, done.ended.code) == ("incomplete", ExitCode.INCOMPLETE)
