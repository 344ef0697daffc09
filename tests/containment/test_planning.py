"""What a plan holds, in which order, and what it leaves out and says so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rekey.containment.connections import Connections
from rekey.containment.found import Request
from rekey.containment.plan import Plan
from rekey.containment.planning import Planner
from rekey.containment.playbook import Library
from rekey.containment.report.left_out import for_nobody
from rekey.containment.report.plan_screen import plan_screen
from rekey.containment.selection import select
from rekey.containment.target import BlastRadius
from rekey.errors import RekeyError
from tests.containment.test_screens import drawn
from tests.fakes.fake_cloud import EPOCH
from tests.fakes.fake_provider import KINDS
from tests.fakes.stage import PATH, PLAYBOOKS, Stage, changed, made_case


def reasons(plan: Plan) -> dict[str, str]:
    return {one.what: one.why for one in plan.left_out}


def chained(stage: Stage) -> tuple[str, str]:
    """A second user's key that was made with the stolen one, and a third made with that."""
    return stage.cloud.create_key("svc-b")[0], stage.cloud.create_key("svc-c")[0]


def test_what_was_minted_from_a_key_is_contained_with_it(stage: Stage) -> None:
    child, grandchild = chained(stage)
    case = made_case(stage.stolen, children={child: stage.stolen, grandchild: child})
    plan = stage.plan("contain", case)
    targets = {step.target.id for step in plan.steps}
    assert targets == {stage.stolen, child, grandchild}
    phases = [step.phase for step in plan.steps if step.mutates]
    assert phases == sorted(
        phases, key=["close_mint", "cut", "issue", "distribute", "delete"].index
    )
    needs = {step.id: set(step.needs) for step in plan.steps}
    assert {"1-disable", "2-disable", "3-disable"} <= needs["3-cut"]
    assert {"1-cut", "2-cut", "3-cut"} <= needs["1-issue"]


def test_a_rotation_lets_children_expire_and_says_so(stage: Stage) -> None:
    child, _ = chained(stage)
    plan = stage.plan("rotate", made_case(stage.stolen, children={child: stage.stolen}))
    assert {step.target.id for step in plan.steps} == {stage.stolen}
    assert "before expire" in reasons(plan)[child]


def test_a_parent_without_an_alert_is_named(stage: Stage) -> None:
    parent, _ = chained(stage)
    case = made_case(stage.stolen)
    root = case.credentials[0]
    above = root.model_copy(update={
        "credential": root.credential.model_copy(update={"id": parent}), "alerts": (),
    })  # fmt: skip
    below = root.model_copy(update={"parent_id": parent, "link": "proven"})
    plan = stage.plan("contain", case.model_copy(update={"credentials": (above, below)}))
    assert "it can mint again" in reasons(plan)[parent]
    both = stage.plan(
        "contain", case.model_copy(update={"credentials": (above, below)}), only=frozenset({parent})
    )
    assert {step.target.id for step in both.steps} == {parent, stage.stolen}


@pytest.mark.parametrize("link", ["ambiguous", "unknown"])
def test_an_edge_that_is_not_sure_is_not_followed(link: str, stage: Stage) -> None:
    child, _ = chained(stage)
    case = made_case(stage.stolen, children={child: stage.stolen})
    unsure = case.credentials[1].model_copy(update={"link": link})
    case = case.model_copy(update={"credentials": (case.credentials[0], unsure)})
    assert child not in {step.target.id for step in stage.plan("contain", case).steps}


def test_an_ambiguous_identity_is_left_to_a_person(stage: Stage) -> None:
    plan = stage.plan("contain", made_case(stage.stolen, attribution="ambiguous"))
    assert plan.steps == ()
    assert "a person must decide" in reasons(plan)[stage.stolen]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"credential": {"kind": "github_token"}}, "no provider handles github_token"),
        ({"expires_at": EPOCH}, "it expired"),
        ({"credential": {"id": "FKIAGONE"}}, "there is no key FKIAGONE"),
    ],
)
def test_what_cannot_be_done_stands_in_the_plan(
    change: dict[str, Any], why: str, stage: Stage
) -> None:
    case = made_case(stage.stolen)
    root = case.credentials[0]
    if "credential" in change:
        change = {"credential": root.credential.model_copy(update=change["credential"])}
    case = case.model_copy(update={"credentials": (root.model_copy(update=change),)})
    plan = stage.plan("contain", case)
    assert plan.steps == ()
    assert any(why in one for one in reasons(plan).values())


def test_no_connection_to_the_account_of_the_case(stage: Stage) -> None:
    case = made_case(stage.stolen)
    stage.cloud.set(account="fake-444455556666")
    plan = stage.plan("contain", case)
    assert plan.steps == ()
    assert "no connection to fake fake-111122223333" in reasons(plan)[stage.stolen]


def test_an_account_that_the_case_cannot_name_is_named_by_who_asks_and_the_plan_says_so(
    stage: Stage,
) -> None:
    """A plain audit log of Kubernetes does not say which cluster wrote it."""
    case = made_case(stage.stolen)
    (actor,) = case.actors
    actor = actor.model_copy(update={"actor": actor.actor.model_copy(update={"account": None})})
    case = case.model_copy(update={"actors": (actor,)})
    unnamed = stage.plan("contain", case)
    assert unnamed.steps == ()
    assert "of an account the case cannot name" in reasons(unnamed)[stage.stolen]
    account = stage.cloud.state["account"]
    plan = stage.plan("contain", case, accounts={"fake": account})
    assert plan.steps and plan.scopes[0].named == account
    said = drawn(plan_screen(plan, None, False))
    assert f"which the case does not name: {account}, by who asks" in " ".join(said.split())
    assert (
        stage.plan("contain", made_case(stage.stolen), accounts={"fake": "x"}).scopes[0].named
        is None
    )


def test_without_a_store_nothing_is_issued_and_the_cut_happens_all_the_same(stage: Stage) -> None:
    plan = stage.plan("contain", store=None, destinations={})
    assert [step.id for step in plan.steps] == ["1-disable", "1-cut", "1-survey"]
    assert any("no secret store" in why for why in reasons(plan).values())
    assert stage.plan("rotate", store=None, destinations={}).steps == ()


@pytest.mark.parametrize(
    ("radius", "approvers"),
    [
        (BlastRadius((), 0, False, False), 1),  # deleting cannot be undone
        (BlastRadius(("a",), 3, False, False), 1),
        (BlastRadius(tuple("abcde"), 0, False, False), 2),
        (BlastRadius((), 20, False, False), 2),
        (BlastRadius((), 0, True, False), 2),
        (BlastRadius((), 0, False, True), 2),
        (BlastRadius(None, 0, False, False), 2),
        (BlastRadius((), None, False, False), 2),
        (BlastRadius((), 0, None, False), 2),
    ],
)
def test_how_many_must_agree(radius: BlastRadius, approvers: int, stage: Stage) -> None:
    stage.provider.radius = radius
    assert stage.plan("contain").approvers == approvers


def test_a_shared_identity_needs_two(stage: Stage) -> None:
    assert stage.plan("contain", made_case(stage.stolen, shared=True)).approvers == 2


def test_equal_worlds_give_equal_digests_and_any_change_another(stage: Stage) -> None:
    now = stage.cloud.state["now"]
    plan = stage.plan("contain")
    stage.cloud.set(now=now)
    again = stage.plan("contain")
    assert plan.digest == again.digest
    for change in ({"reason": "x"}, {"approvers": 0}, {"requester": "eve"}, {"expires": EPOCH},
                   {"steps": plan.steps[:-1]}, {"destinations": {stage.stolen: "elsewhere"}}):  # fmt: skip
        assert plan.model_copy(update=change).__class__(**{
            **plan.model_dump(), **change
        }).digest != plan.digest  # fmt: skip


def test_the_begin_of_the_abuse_may_be_earlier_than_the_case_and_never_later(stage: Stage) -> None:
    first = made_case(stage.stolen).first
    earlier = first - timedelta(days=2)
    assert stage.plan().since == first
    assert stage.plan(since=earlier).since == earlier
    with pytest.raises(RekeyError, match="the case begins at"):
        stage.plan(since=first + timedelta(seconds=1))


def test_selection_names_what_is_not_in_the_case() -> None:
    found = select(made_case("k"), "contain", EPOCH, {"other"}, KINDS)
    assert found.selected == ()
    assert found.left_out[0].what == "other"


def test_a_plan_survives_the_journal_byte_for_byte(stage: Stage) -> None:
    plan = stage.plan("contain", reason="token hvs." + "x" * 30, destinations={stage.stolen: PATH})
    assert "hvs." not in plan.reason
    stage.run(plan, "bob")
    assert stage.engine().progress(plan.run).plan.digest == plan.digest


def of_the_session(stage: Stage, *playbooks: str) -> Plan:
    case = changed(made_case(stage.stolen), stage.stolen, kind="fake_session")
    credential = case.credentials[0].credential.model_copy(update={"id": stage.session})
    node = case.credentials[0].model_copy(update={"credential": credential})
    case = case.model_copy(update={"credentials": (node,)})
    return stage.plan("contain", case, destinations={}, playbooks=playbooks)


def test_another_playbook_is_taken_where_somebody_asks_for_it_and_not_by_itself(
    stage: Stage,
) -> None:
    usual, asked = of_the_session(stage), of_the_session(stage, "fake_session_only")
    assert {step.playbook for step in usual.steps} == {"fake_key"}
    assert {step.playbook for step in asked.steps} == {"fake_session_only"}
    assert [step.id for step in asked.steps] == ["1-end"]
    assert usual.digest != asked.digest, "what was approved is one of them"


def test_a_playbook_that_was_asked_for_is_not_silently_passed_over(stage: Stage) -> None:
    with pytest.raises(RekeyError, match="acts on nothing that this plan is about") as passed:
        stage.plan("contain", playbooks=("fake_session_only",))
    assert "fake_session" in str(passed.value.hint)
    with pytest.raises(RekeyError, match="acts on nothing") as lost:
        stage.plan("contain", made_case("FKIANOWHERE"), playbooks=("fake_session_only",))
    assert "Not found: FKIANOWHERE: " in str(lost.value.hint), "why, and not only that"
    with pytest.raises(RekeyError, match="is not there") as unknown:
        stage.plan("contain", playbooks=("fake_sesion_only",))
    assert "fake_session_only" in str(unknown.value.hint)


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        (["may", "must"], {"1-may": ("none", True), "1-must": ("open", False)}),
        (["may", "may_too"], {"1-may": ("open", False), "1-may_too": ("open", False)}),
    ],
)
def test_a_step_besides_another_is_missed_only_with_that_one(
    cuts: list[str], expected: dict[str, tuple[str, bool]], stage: Stage, tmp_path: Path
) -> None:
    book = yaml.safe_load((PLAYBOOKS / "fake_key.yml").read_text())
    steps = book["automation"]["fake_key"]["contain"]
    for number, name in enumerate(cuts):
        may = {"if_possible": True} if name.startswith("may") else {}
        steps.insert(1 + number, {**steps[1 + number], "id": name, "phase": "cut",
                                  "action": "fake.deny_older_sessions", **may})  # fmt: skip
    book["automation"]["fake_key"]["contain"] = [one for one in steps if one["id"] != "cut"]
    (tmp_path / "fake_key.yml").write_text(yaml.safe_dump(book))
    (cut,) = [one for one in stage.provider.actions()
              if one.spec.name == "fake.deny_older_sessions"]  # fmt: skip
    cut.more = {"impossible": "there is no way"}  # type: ignore[attr-defined]
    planner = Planner(Connections([stage.provider]), Library([tmp_path]), stage.settings,
                      stage.site, stage.listed, KINDS)  # fmt: skip
    plan = planner.plan(
        Request(made_case(stage.stolen), "contain", "ada", "a drill", journal=stage.journal.id),
        stage.cloud.now(),
    )
    left = {one.step: (one.exposure, one.second) for one in plan.left_out if one.step in expected}
    assert left == expected
    assert {one for left in for_nobody(plan.left_out) for one in left.what} == {
        step for step, (_, second) in expected.items() if second
    }
