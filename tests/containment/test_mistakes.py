"""Mistakes that shipped playbooks make, each refused here.

They are listed in docs/containment.md, "Mistakes that cannot be made".
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from rekey.containment.action_spec import Grade
from rekey.containment.call import Call, Check, Observation
from rekey.containment.playbook import read_playbook
from rekey.containment.progress import Status
from rekey.content import content
from rekey.errors import RekeyError
from tests.fakes.fake_end_actions import DenyOlderSessions, DisableKey
from tests.fakes.stage import PLAYBOOKS, USER, Stage


def with_steps(folder: Path, order: str, steps: Sequence[dict[str, str]]) -> Path:
    book = yaml.safe_load((PLAYBOOKS / "fake_key.yml").read_text())
    book["automation"]["fake_key"][order] = list(steps)
    file = folder / "fake_key.yml"
    file.write_text(yaml.safe_dump(book))
    return file


def step(id: str, phase: str, **more: str) -> dict[str, str]:
    return {"id": id, "action": f"fake.{id}", "phase": phase, **more}


def test_a_cut_off_has_a_real_time_and_no_placeholder(stage: Stage) -> None:
    stage.run(stage.plan("contain"), "bob")
    (time,) = stage.cloud.get_cutoffs(USER).values()
    assert datetime.fromisoformat(time) <= stage.cloud.now()


def test_a_cut_spares_what_is_made_after_it(stage: Stage) -> None:
    done = stage.run(stage.plan("contain"), "bob")
    assert done.outcome == "contained and verified"
    stored = stage.cloud.state["store"]["prod/export"][-1]["value"]
    assert stage.cloud.use(stage.cloud.mint_session(stored)) == "OK"


def test_an_effect_names_its_user_and_never_the_callers(stage: Stage) -> None:
    stage.cloud.set(caller="user/responder")
    id, _ = stage.cloud.create_key("responder")
    stage.run(stage.plan("contain"), "bob")
    assert stage.cloud.active_keys("responder") == [id]


@pytest.mark.parametrize("kept", [("issue", "confirm"), ("issue", "confirm", "survey")])
def test_a_rotation_without_an_end_of_the_old_one_is_no_playbook(
    kept: tuple[str, ...], tmp_path: Path
) -> None:
    file = with_steps(tmp_path, "rotate", [step(name, name) for name in kept])
    with pytest.raises(RekeyError, match="nothing here ends the old credential"):
        read_playbook(file)


def test_a_rotation_that_switches_off_first_is_no_playbook(tmp_path: Path) -> None:
    phases = ("close_mint", "issue", "confirm")
    file = with_steps(tmp_path, "rotate", [step(name, name) for name in phases])
    with pytest.raises(RekeyError, match="issue stands after close_mint"):
        read_playbook(file)


def test_a_containment_that_issues_before_it_cuts_is_no_playbook(tmp_path: Path) -> None:
    phases = ("close_mint", "issue", "cut")
    file = with_steps(tmp_path, "contain", [step(name, name) for name in phases])
    with pytest.raises(RekeyError, match="cut stands after issue"):
        read_playbook(file)


def test_deleting_at_once_is_no_playbook(tmp_path: Path) -> None:
    file = with_steps(tmp_path, "contain", [step("cut", "cut"), step("delete", "delete")])
    with pytest.raises(RekeyError, match="waits for a grace time"):
        read_playbook(file)


def test_no_shipped_playbook_names_an_identity() -> None:
    for file in content("playbooks").glob("*.yml"):
        for automation in read_playbook(file).automation.values():
            for one in (*automation.contain, *automation.rotate):
                assert set(one.model_dump()) == {
                    "id", "action", "phase", "after", "proof", "if_possible",
                }  # fmt: skip


def test_an_answer_of_success_is_not_contained(stage: Stage) -> None:
    stage.cloud.fault("update_key", "lie")
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-disable"].status is Status.UNPROVEN
    assert done.outcome == "incomplete"


def test_a_control_plane_that_lies_is_contradicted_by_the_old_key(stage: Stage) -> None:
    """The state reads as switched off, and the key still works."""

    class Lying(DisableKey):
        def observe(self, call: Call) -> Observation:
            seen = super().observe(call)
            return replace(seen, effect="present") if call.intended_at else seen

    stage.provider.offered[0] = Lying(stage.cloud)
    stage.present_the_key()
    stage.cloud.fault("update_key", "lie")
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-disable"].status is Status.UNPROVEN
    assert "use(key): expected Rejected, got OK (data)" in done.steps["1-disable"].reason


def test_a_wrong_key_that_is_refused_proves_nothing(stage: Stage) -> None:
    from rekey.containment.secret import Secret

    stage.presented = {stage.stolen: Secret(f"{stage.stolen}:never-was-right")}
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-disable"].grade is Grade.B
    assert "probe_dropped" in stage.kinds(done.plan.run, "1-disable")


def test_an_action_without_verify_cannot_be_named(stage: Stage) -> None:
    class Unverified(DenyOlderSessions):
        verify = None  # type: ignore[assignment]

    stage.provider.offered[1] = Unverified(stage.cloud)  # type: ignore[call-overload]
    with pytest.raises(RekeyError, match="has no verify"):
        stage.plan("contain")


def test_an_action_that_asks_nothing_proves_nothing(stage: Stage) -> None:
    class Silent(DenyOlderSessions):
        def verify(self, call: Call) -> Sequence[Check]:
            return ()

    stage.provider.offered[1] = Silent(stage.cloud)
    done = stage.run(stage.plan("contain"), "bob")
    assert done.steps["1-cut"].status is Status.UNPROVEN


def test_a_full_quota_stands_in_the_plan_and_not_in_the_night(stage: Stage) -> None:
    stage.cloud.create_key(USER)
    plan = stage.plan("contain")
    assert "1-issue" not in {one.id for one in plan.steps}
    assert any("two keys exist" in one.why for one in plan.left_out)
    assert stage.plan("rotate").steps == ()
