"""Kibana refuses a rule, or somebody else was first: the others arrive, and nothing is taken."""

import json
import os
from typing import Any

import pytest

from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_rules import Rule, create, error

LICENCE = "Your license does not support this"


def refusing(rule_id: str, method: str = "POST", code: int = 400) -> Any:
    def refuse(asked: str, rule: Rule) -> tuple[int, Rule] | None:
        if (asked, rule["rule_id"]) == (method, rule_id):
            return code, error(code, LICENCE)
        return None

    return refuse


def pending(stage: Stage) -> list[str]:
    [place] = json.loads((stage.folder / "ledger.json").read_bytes())["places"].values()
    return [key for key, record in place["records"].items() if record["pending"]]


def test_the_others_are_not_held_up(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    refused, *others = stage.ids
    stage.plan()
    stage.kibana.refuse = refusing(refused)
    assert stage.apply() == ExitCode.INCOMPLETE
    assert stage.kibana.rules.keys() == set(others)
    said = capsys.readouterr()
    path = next(t for t in stage.rules[0]["tags"] if t.startswith("rekey rule: "))[12:]
    assert f"not done: {path}: " in said.err and LICENCE in said.err
    assert "2 changes made, 1 refused" in said.out
    assert pending(stage) == []
    stage.kibana.writes.clear()
    assert stage.apply() == ExitCode.INCOMPLETE
    assert stage.kibana.writes == []
    stage.kibana.refuse = lambda method, rule: None
    assert stage.apply() == 0
    assert stage.kibana.writes == [("POST", refused)]


def test_a_rule_over_which_kibana_breaks_does_not_hold_up_the_others(stage: Stage) -> None:
    broken, *others = stage.ids
    stage.plan()
    stage.kibana.refuse = refusing(broken, code=500)
    assert stage.apply() == ExitCode.INCOMPLETE
    assert stage.kibana.rules.keys() == set(others)
    stage.kibana.refuse = lambda method, rule: None
    assert stage.apply() == 0
    assert stage.kibana.rules.keys() == set(stage.ids)


def test_a_refused_update_leaves_the_ledger_as_it_was(stage: Stage) -> None:
    stage.deploy()
    before = json.loads((stage.folder / "ledger.json").read_bytes())
    stage.raise_version(note="new")
    stage.plan()
    stage.kibana.refuse = refusing(stage.ids[0], "PUT")
    assert stage.apply() == ExitCode.INCOMPLETE
    assert json.loads((stage.folder / "ledger.json").read_bytes()) == before
    stage.kibana.refuse = lambda method, rule: None
    stage.deploy()
    assert stage.kibana.rules[stage.ids[0]]["note"] == "new"


def test_a_refused_replacement_brings_the_old_rule_back(stage: Stage) -> None:
    stage.deploy()
    id = stage.ids[0]
    stage.kibana.edit(id, enabled=True, tags=[*stage.rules[0]["tags"], "theirs"])
    kept = {name: stage.kibana.rules[id][name] for name in ("type", "query", "enabled", "tags")}
    stage.raise_version(type="eql", language="eql", query="any where true")
    stage.plan()

    def refuse(method: str, rule: Rule) -> tuple[int, Rule] | None:
        return (400, error(400, LICENCE)) if rule.get("type") == "eql" else None

    stage.kibana.refuse = refuse
    assert stage.apply() == ExitCode.INCOMPLETE
    assert {name: stage.kibana.rules[id][name] for name in kept} == kept
    assert pending(stage) == []
    stage.kibana.refuse = lambda method, rule: None
    stage.deploy()
    live = stage.kibana.rules[id]
    assert (live["type"], live["enabled"]) == ("eql", True)
    assert "theirs" in live["tags"]


def test_a_replacement_that_cannot_be_taken_back_is_said_and_goes_on(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    id = stage.ids[0]
    stage.raise_version(type="eql", language="eql", query="any where true")
    stage.plan()
    stage.kibana.refuse = refusing(id)
    assert stage.apply() == ExitCode.INCOMPLETE
    assert id not in stage.kibana.rules
    assert "was removed" in capsys.readouterr().err
    assert pending(stage) == [f"rule:{id}"]
    stage.kibana.refuse = lambda method, rule: None
    assert stage.apply() == 0
    assert stage.kibana.rules[id]["type"] == "eql"


def mine(stage: Stage, rule_id: str) -> Rule:
    """A rule of somebody else, of the same type, without our tag."""
    [ours] = [rule for rule in stage.rules if rule["rule_id"] == rule_id]
    made: dict[str, Rule] = {}
    theirs = {"name": "Ours", "tags": ["team-soc"], "query": "event.action: ours", "note": "ours"}
    create(made, rule_id, ours | theirs)
    return made[rule_id]


@pytest.mark.parametrize("lost", ["conflict", "request"])
def test_who_was_first_keeps_the_id(stage: Stage, lost: str) -> None:
    id = stage.ids[0]
    theirs = mine(stage, id)
    stage.plan()

    def first(method: str, rule: Rule) -> None:
        if rule["rule_id"] == id:
            stage.kibana.rules.setdefault(id, dict(theirs))

    if lost == "conflict":
        stage.kibana.refuse = first
        assert stage.apply() == ExitCode.INCOMPLETE
    else:
        stage.kibana.cut_before = 0
        assert stage.apply() == ExitCode.INCOMPLETE
        stage.kibana.cut_before = None
        stage.kibana.rules[id] = dict(theirs)
        assert stage.apply() == ExitCode.REFUSED
    stage.kibana.refuse = lambda method, rule: None
    stage.deploy()
    assert stage.statuses[id] == "not ours"
    assert stage.kibana.rules[id] == theirs
    assert stage.kibana.rules.keys() == set(stage.ids)


def test_an_edit_after_a_lost_answer_is_theirs(stage: Stage) -> None:
    stage.plan()
    stage.kibana.cut_after = 0
    assert stage.apply() == ExitCode.INCOMPLETE
    stage.kibana.cut_after = None
    [id] = stage.kibana.rules
    stage.kibana.edit(id, query="event.action: theirs")
    assert stage.apply() == ExitCode.REFUSED
    assert stage.plan() == 0
    assert stage.statuses[id] == "local edits"
    changes = json.loads((stage.folder / "plan.json").read_bytes())["plan"]["changes"]
    [edit] = [change for change in changes if change["status"] == "local edits"]
    assert [each["field"] for each in edit["differences"]] == ["query"]
    stage.raise_version(stage.ids.index(id), note="new")
    stage.deploy()
    assert stage.kibana.rules[id]["query"] == "event.action: theirs"
    stage.deploy("--overwrite", f"rule:{id}")
    assert stage.kibana.rules[id]["note"] == "new"
    assert stage.kibana.rules[id]["query"] != "event.action: theirs"


@pytest.mark.parametrize("newer", [False, True])
def test_after_a_lost_answer_one_may_plan_again(stage: Stage, newer: bool) -> None:
    stage.plan()
    stage.kibana.cut_after = 0
    assert stage.apply() == ExitCode.INCOMPLETE
    stage.kibana.cut_after = None
    [id] = stage.kibana.rules
    stage.kibana.edit(id, enabled=True)
    if newer:
        stage.raise_version(stage.ids.index(id), note="new")
    stage.deploy()
    assert stage.statuses[id] == ("update" if newer else "unchanged")
    assert stage.kibana.rules[id]["enabled"] is True
    assert pending(stage) == []


def test_the_plan_is_for_its_owner_even_over_a_file_that_was_not(stage: Stage) -> None:
    file = stage.folder / "plan.json"
    other = stage.folder / "kept.json"
    file.write_text("x")
    file.chmod(0o644)
    os.link(file, other)
    stage.keep_plan = True
    stage.plan()
    assert file.stat().st_mode & 0o777 == 0o600
    assert other.read_text() == "x"
