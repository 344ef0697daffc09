"""What is shown to somebody who was just woken: short, whole, and no riddle."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from rich.console import Console, RenderableType

from rekey.containment.plan import LeftOut, Plan, PlannedStep
from rekey.containment.report.entry_line import entry_line
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.report.left_out import for_nobody, for_people
from rekey.containment.report.plan_screen import plan_screen
from rekey.containment.report.status_screen import status_screen
from rekey.containment.target import BlastRadius
from rekey.journal.interface import Entry
from tests.fakes.stage import Stage


def drawn(what: RenderableType, width: int = 100) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


@pytest.mark.parametrize(("width", "lines"), [(80, 36), (120, 32)])
def test_a_plan_fits_one_screen(width: int, lines: int, stage: Stage) -> None:
    names = tuple(f"workload-with-a-long-name-{number}" for number in range(30))
    stage.provider.radius = BlastRadius(names, 40, True, True)
    said = drawn(plan_screen(stage.plan("contain"), None, False), width)
    assert len(said.splitlines()) <= lines
    assert all(len(line) <= width for line in said.splitlines())
    assert "30 dependents (workload-with-a-long-name-0, 29 more), 40 callers in 24 h" in said
    assert "→ 2 approvers" in said


def test_a_plan_names_each_target_once_and_what_stops(stage: Stage) -> None:
    said = drawn(plan_screen(stage.plan("contain"), None, False))
    assert said.count(stage.stolen) == 1
    assert "stops whoever uses the key" in said


def test_a_run_under_way_is_not_called_a_failure(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.cloud.fault("update_key", "lie")
    done = stage.run(plan, "bob")
    assert "Next: mend what is said above, then `rekey contain resume" in drawn(status_screen(done))
    done.finished = None
    said = drawn(status_screen(done))
    assert "Under way since" in said and "Next: mend" not in said


def test_what_falls_due_says_how(stage: Stage) -> None:
    said = drawn(status_screen(stage.run(stage.plan("contain"), "bob")), 160)
    assert "`rekey contain resume --due`" in said


def test_an_undoing_that_was_stopped_is_gone_on_with_as_such(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    stage.settings.kill_switch.touch()
    done = stage.engine().undo(plan.run, "wrong", stage.people.undo(plan, "bob"))
    assert f"`rekey contain undo {plan.run} --reason TEXT" in drawn(status_screen(done), 160)
    stage.settings.kill_switch.unlink()
    done = stage.engine().undo(plan.run, "wrong", stage.people.undo(plan, "bob"))
    said = drawn(status_screen(done))
    assert "undone" in said and "Cannot be taken back: 1-restart" in said
    assert all(done.steps[step].grade is None for step in ("1-disable", "1-cut"))


def test_a_reason_is_one_line_with_its_hint(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.settings.kill_switch.touch()
    done = stage.run(plan, "bob")
    assert "exists. Remove it to go on." in done.steps["1-disable"].reason
    assert "\n" not in done.steps["1-disable"].reason


def test_progress_is_told_in_words(stage: Stage) -> None:
    told: list[Entry] = []
    plan = stage.plan("contain")
    stage.present_the_key()
    stage.run(plan, "bob")
    told += stage.journal.entries(run=plan.run)
    lines = [line for entry in told if (line := entry_line(entry))]
    own = [line.partition("1-disable  ")[2] for line in lines if "1-disable" in line]
    assert own == [
        "the credential is accepted, as it should be before the effect", "about to be done",
        "accepted; waiting until it holds everywhere", "proven, grade A",
    ]  # fmt: skip


def test_what_is_left_out_for_one_reason_stands_together() -> None:
    left = [
        LeftOut(what="key-1", why="no connection", playbook="p"),
        LeftOut(what="key-2", why="no connection", playbook="p"),
        LeftOut(what="1-issue of x", why="no store", playbook="p", step="1-issue"),
        LeftOut(what="1-confirm", why="needs", playbook="p", step="1-confirm", needs=("1-issue",)),
        LeftOut(what="1-delete", why="needs", playbook="p", step="1-delete", needs=("1-confirm",)),
        LeftOut(what="old", why="it expired", exposure="none"),
    ]
    found = for_people(left)
    assert [(one.what, one.then) for one in found] == [
        (("key-1", "key-2"), ()), (("1-issue",), ("1-confirm", "1-delete")),
    ]  # fmt: skip
    assert [(one.what, one.why) for one in for_nobody(left)] == [(("old",), "it expired")]


def test_the_page_leads_from_each_effect_to_its_proof(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    text = page(evidence_of(stage.journal, plan.run))
    for step in plan.steps:
        assert f'href="#{step.id}"' in text and f'id="{step.id}"' in text


def test_a_dry_run_by_nobody_in_particular(stage: Stage) -> None:
    plan = stage.plan("contain").model_copy(update={"requester": ""})
    assert "besides who asks" in drawn(plan_screen(plan, None, False))


def test_an_expired_credential_asks_for_nothing(stage: Stage) -> None:
    from tests.fakes.stage import made_case

    case = made_case(stage.stolen, children={"session-1": stage.stolen})
    ended = case.credentials[1].model_copy(
        update={"expires_at": stage.cloud.now() - timedelta(minutes=1)}
    )
    case = case.model_copy(update={"credentials": (case.credentials[0], ended)})
    said = drawn(plan_screen(stage.plan("contain", case), None, False))
    assert "Besides      session-1: it expired at" in said
    assert "At best      contained and verified" in said


EVIL = "1-x\x1b[2J\x1b[H\x1b[31mHARMLESS\x1b[0m"


def test_the_id_of_a_step_is_no_place_for_control_characters(stage: Stage) -> None:
    plan = stage.plan("contain")
    for id in (EVIL, "2\u202ecod", "1-", "x-1", "1-Disable", "0-a1"):
        step = plan.steps[0].model_dump(mode="json") | {"id": id}
        with pytest.raises(ValidationError):
            PlannedStep.model_validate(step)


def everywhere(value: object) -> object:
    """Put control characters into every text that its schema lets be anything."""
    if isinstance(value, dict):
        return {key: everywhere(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [everywhere(inner) for inner in value]
    return f"{value}\x1b[2J\u202e" if isinstance(value, str) else value


def test_nothing_in_a_plan_reaches_a_terminal_as_it_is(stage: Stage) -> None:
    stage.cloud.set(places=["elsewhere"])
    whole = stage.plan("contain").model_dump(mode="json")
    free = ("reason", "requester", "case", "vanished", "left_out", "radius", "scopes")
    spoiled = whole | {name: everywhere(whole[name]) for name in free}
    spoiled["vanished"] = [EVIL]
    spoiled["left_out"] = [
        {"what": EVIL, "why": EVIL, "playbook": EVIL, "step": EVIL, "needs": [EVIL],
         "exposure": exposure, "until": None}
        for exposure in ("none", "watch", "expires", "open")
    ]  # fmt: skip
    spoiled["left_out"] += [one | {"step": None, "needs": []} for one in spoiled["left_out"]]
    spoiled["findings"] = [
        {"provider": EVIL, "id": EVIL, "what": EVIL, "by": EVIL, "ids": [EVIL]}
    ]  # fmt: skip
    for step in spoiled["steps"]:
        for name in ("title", "because", "breaks", "residual", "mint_open", "calls", "target"):
            step[name] = everywhere(step[name] or EVIL)
    plan = Plan.model_validate(spoiled)
    for said in (drawn(plan_screen(plan, Path(EVIL), True)), drawn(plan_screen(plan, None, False))):
        assert "\x1b" not in said and "\u202e" not in said
        assert "HARMLESS" in said
