"""Who may have a plan carried out."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rekey.containment.action_spec import Phase
from rekey.containment.approval import NotApproved
from rekey.containment.break_glass import NAMESPACE, read_break_glass
from rekey.containment.plan import Plan, read_plan
from rekey.containment.progress import Status
from rekey.containment.target import BlastRadius
from rekey.errors import RekeyError
from rekey.journal.ssh_signature import SignatureError, sign
from tests.fakes.people import People
from tests.fakes.stage import Stage


@pytest.fixture
def risky(stage: Stage) -> Plan:
    """Two people must approve."""
    stage.provider.radius = BlastRadius(tuple("abcdef"), 0, True, True)
    return stage.plan("contain")


def untouched(stage: Stage) -> bool:
    return not [call for call in stage.cloud.state["calls"] if call.startswith("done ")]


def test_two_people_besides_the_requester(stage: Stage, risky: Plan) -> None:
    assert risky.approvers == 2
    for approvers in ((), ("bob",), ("bob", "bob"), ("ada", "bob"), ("ada", "ada")):
        with pytest.raises(NotApproved, match="approvers needed"):
            stage.run(risky, *approvers)
    assert untouched(stage)
    assert stage.run(risky, "bob", "cem").outcome == "contained and verified"


def test_one_key_under_two_names_is_one_person(stage: Stage, tmp_path: Path) -> None:
    stage.people = people = People(tmp_path / "others", "ada", "bob")
    people.allow("bob2", "bob")
    people.add("ada2", principals="ada")  # a second key of the requester
    stage.settings = stage.settings.model_copy(update={"allowed_signers": people.allowed})
    stage.provider.radius = BlastRadius(tuple("abcdef"), 0, True, True)
    plan = stage.plan("contain")
    with pytest.raises(NotApproved):
        stage.run(plan, "bob", "ada2")
    assert untouched(stage)


def test_a_request_in_the_name_of_somebody_else(stage: Stage) -> None:
    plan = stage.plan("contain")
    mine = plan.model_copy(update={"requester": "bob"})
    with pytest.raises(NotApproved, match="somebody else signed"):
        request = stage.people._signed(mine, "ada", "rekey-request")
        stage.engine().start(mine, request, [stage.people.approval(mine, "cem")])


def test_a_stranger_approves_nothing(stage: Stage, tmp_path: Path) -> None:
    plan, strangers = stage.plan("contain"), People(tmp_path / "strangers", "eve")
    with pytest.raises(NotApproved, match="there: 0"):
        stage.engine().start(plan, stage.people.request(plan), [strangers.approval(plan, "eve")])


def test_a_signature_for_another_purpose_approves_nothing(stage: Stage) -> None:
    plan = stage.plan("contain")
    with pytest.raises(NotApproved, match="there: 0"):
        stage.engine().start(plan, stage.people.request(plan), [stage.people.undo(plan, "bob")])


def test_an_approval_of_another_plan_approves_nothing(stage: Stage) -> None:
    plan, other = stage.plan("contain"), stage.plan("contain", reason="another")
    with pytest.raises(NotApproved, match="there: 0"):
        stage.engine().start(
            plan, stage.people.request(plan), [stage.people.approval(other, "bob")]
        )


def test_a_wildcard_among_the_signers_is_nobody(stage: Stage, tmp_path: Path) -> None:
    stage.people = people = People(tmp_path / "others", "ada", "bob")
    people.allowed.write_text("")
    people.allow("ada", "ada")
    people.allow("*", "bob")
    stage.settings = stage.settings.model_copy(update={"allowed_signers": people.allowed})
    with pytest.raises(NotApproved, match="there: 0"):
        stage.run(stage.plan("contain"), "bob")


def test_a_plan_that_was_changed(stage: Stage, tmp_path: Path) -> None:
    plan = stage.plan("contain")
    file = tmp_path / "plan.json"
    whole = plan.document()
    whole["plan"]["approvers"] = 0
    file.write_text(json.dumps(whole))
    with pytest.raises(RekeyError, match="changed after it was made"):
        read_plan(file)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"plan": {}, "digest": 1}', "[" * 100_000]
)
def test_what_is_no_plan(text: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(RekeyError, match="is no plan"):
        read_plan(file)


def test_an_emergency_is_loud(stage: Stage, risky: Plan) -> None:
    done = stage.run(risky, override="nobody is awake")
    assert done.outcome == "contained and verified"
    assert done.override == "nobody is awake"
    approved = next(stage.journal.entries(run=risky.run, kind="approved"))
    assert approved.payload["override"] == "nobody is awake"


def test_an_emergency_needs_a_reason(stage: Stage, risky: Plan) -> None:
    with pytest.raises(NotApproved):
        stage.run(risky, override="  ")


def test_the_break_glass_list_must_be_signed(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "break_glass.yml"
    file.write_text("version: 1\nprotected: [{match: 'user/*', reason: r, owner: o}]\n")
    with pytest.raises(SignatureError, match="cannot be read"):
        read_break_glass(file, stage.people.allowed)
    signature = sign(file.read_bytes(), stage.people.key("bob"), NAMESPACE)
    file.with_name("break_glass.yml.sig").write_text(signature)
    listed = read_break_glass(file, stage.people.allowed)
    assert "owner o" in str(listed.why(frozenset({"user/x"})))
    file.write_text("version: 1\nprotected: []\n")
    with pytest.raises(SignatureError, match="not good"):
        read_break_glass(file, stage.people.allowed)


def forged(plan: Plan, step: int | None = None, **changes: object) -> Plan:
    """Write a plan by hand, as its requester could."""
    if step is not None:
        steps = list(plan.steps)
        steps[step] = steps[step].model_copy(update=changes)
        changes = {"steps": tuple(steps)}
    return Plan.model_validate(plan.model_copy(update=changes).model_dump(mode="json"))


@pytest.mark.parametrize(
    ("step", "changes", "words"),
    [
        (None, {"expires": datetime(2036, 1, 1, tzinfo=UTC)}, "holds longer"),
        (None, {"created": datetime(2035, 12, 31, 23, tzinfo=UTC),
                "expires": datetime(2036, 1, 1, tzinfo=UTC)}, "made in the future"),
        (6, {"grace_seconds": None}, "grace time"),
        (1, {"needs": ()}, "does not wait"),
        (3, {"needs": ("1-disable",)}, "does not wait"),
        (2, {"id": "1-cut"}, "one name"),
    ],
)  # fmt: skip
def test_a_plan_that_was_written_by_hand(
    step: int | None, changes: dict[str, object], words: str, stage: Stage
) -> None:
    plan = forged(stage.plan("contain"), step, **changes)
    with pytest.raises(NotApproved, match=words):
        stage.run(plan, "bob")
    assert untouched(stage)


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        (4, {"reversible": True}),
        (0, {"phase": Phase.CUT}),
        (0, {"mutates": False}),
        (0, {"title": "Look at the key"}),
        (0, {"calls": ()}),
    ],
)
def test_an_action_that_is_described_otherwise_than_it_is(
    step: int, changes: dict[str, object], stage: Stage
) -> None:
    plan = forged(stage.plan("contain"), step, **changes)
    own = stage.run(plan, "bob").steps[plan.steps[step].id]
    assert own.status is Status.REFUSED
    assert "otherwise than it is" in own.reason


def test_steps_in_another_order(stage: Stage) -> None:
    plan = stage.plan("contain")
    with pytest.raises(NotApproved, match="not in the order"):
        stage.run(forged(plan, steps=tuple(reversed(plan.steps))), "bob")
    assert untouched(stage)


def test_a_plan_that_says_itself_that_nobody_must_agree(stage: Stage) -> None:
    stage.provider.radius = BlastRadius(tuple("abcdef"), 0, True, True)
    done = stage.run(forged(stage.plan("contain"), approvers=0))
    assert "needs 2 approvers, and 0 approved" in done.steps["1-disable"].reason
    assert untouched(stage)


def test_what_cannot_be_undone_needs_somebody_else_whatever_the_plan_says(stage: Stage) -> None:
    done = stage.run(forged(stage.plan("contain"), approvers=0))
    assert done.steps["1-disable"].status is Status.VERIFIED
    assert "cannot be undone" in done.steps["1-restart"].reason
