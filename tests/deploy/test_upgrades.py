"""Rules that people work with in Kibana get a new version: whose word stands where."""

import json
from copy import deepcopy

import pytest

from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_form import Schedule
from tests.fakes.kibana_rules import duplicate

ACTION = {
    "id": "the-connector", "group": "default", "action_type_id": ".slack", "params": {"message": "m"},
    "frequency": {"summary": True, "notifyWhen": "onActiveAlert", "throttle": None},
}  # fmt: skip


@pytest.mark.parametrize("form", ["seconds", "largest unit"])
def test_what_the_form_writes_anew_is_nobodys_edit(
    stage: Stage, form: Schedule, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.kibana.form = form
    for rule in stage.rules:
        rule |= {"interval": "60m", "from": "now-120m"}
    stage.write()
    stage.deploy()
    before = deepcopy(stage.kibana.rules)
    for id in stage.ids:
        stage.kibana.edit(id, actions=[ACTION])
        assert stage.kibana.rules[id]["from"] != before[id]["from"]
    assert any(
        stage.kibana.rules[id].get("filters") != before[id].get("filters") for id in stage.ids
    )
    assert stage.drift(capsys) == 0
    for at in range(len(stage.rules)):
        stage.raise_version(at, **{"from": "now-180m", "note": "new"})
    stage.deploy()
    assert set(stage.statuses.values()) == {"update"}
    for id in stage.ids:
        live = stage.kibana.rules[id]
        assert (live["from"], live["note"], live["actions"]) == ("now-180m", "new", [ACTION])


def test_a_schedule_of_theirs_stays_however_it_is_written(stage: Stage) -> None:
    stage.rules[0] |= {"interval": "5m", "from": "now-10m"}
    stage.write()
    stage.deploy()
    stage.kibana.edit(stage.ids[0], **{"from": "now-3600s"})
    assert stage.kibana.rules[stage.ids[0]]["from"] == "now-1h"
    stage.raise_version(**{"from": "now-20m"})
    stage.deploy()
    assert stage.kibana.rules[stage.ids[0]]["from"] == "now-1h"


def test_a_filter_of_theirs_is_an_edit(stage: Stage) -> None:
    stage.deploy()
    pills = [*stage.kibana.rules[stage.ids[0]]["filters"], {"query": {"exists": {"field": "x"}}}]
    stage.kibana.edit(stage.ids[0], filters=pills)
    stage.raise_version(note="new")
    stage.plan()
    assert stage.statuses[stage.ids[0]] == "local edits"


def test_a_filter_that_they_negated_is_an_edit(stage: Stage) -> None:
    stage.deploy()
    [first, *rest] = deepcopy(stage.kibana.rules[stage.ids[0]]["filters"])
    first["meta"]["negate"] = not first["meta"]["negate"]
    stage.kibana.edit(stage.ids[0], filters=[first, *rest])
    stage.plan()
    assert stage.statuses[stage.ids[0]] == "local edits"


def test_tags_are_each_somebodys(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy()
    id, ours = stage.ids[0], stage.rules[0]["tags"]
    removed, dropped = ours[-1], ours[-2]
    stage.kibana.edit(id, tags=["team: soc-2", *ours[:-1]])
    assert stage.drift(capsys) == 0
    stage.raise_version(query="event.action: new", tags=[*ours[:-2], removed, "rekey new"])
    stage.deploy()
    assert stage.statuses[id] == "update"
    live = stage.kibana.rules[id]
    assert live["query"] == "event.action: new"
    assert live["tags"] == ["team: soc-2", *ours[:-2], "rekey new"]
    assert dropped not in live["tags"] and removed not in live["tags"]
    stage.kibana.writes.clear()
    stage.deploy()
    assert stage.kibana.writes == []


def test_going_back_leaves_their_tags(stage: Stage) -> None:
    stage.deploy()
    id, ours = stage.ids[0], stage.rules[0]["tags"]
    stage.kibana.edit(id, tags=[*ours, "theirs"])
    stage.raise_version(tags=[*ours, "rekey new"])
    stage.deploy()
    stage.kibana.edit(id, tags=[*stage.kibana.rules[id]["tags"], "later"])
    assert stage.plan("--back") == 0
    assert stage.apply() == 0
    assert stage.kibana.rules[id]["tags"] == [*ours, "theirs", "later"]


def test_a_rule_that_lost_our_mark_is_ours_all_the_same(stage: Stage) -> None:
    stage.deploy()
    stage.kibana.edit(stage.ids[0], tags=["mine"])
    stage.raise_version(note="new")
    stage.deploy()
    live = stage.kibana.rules[stage.ids[0]]
    assert (live["note"], live["tags"]) == ("new", ["mine"])


def test_a_copy_is_its_makers(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy()
    copy = duplicate(stage.kibana.rules, stage.ids[0])
    before = deepcopy(stage.kibana.rules[copy])
    assert stage.drift(capsys) == 0
    stage.raise_version(note="new")
    stage.deploy("--prune")
    assert stage.statuses[copy] == "a copy"
    assert f"a copy: {before['name']} (made of " in capsys.readouterr().out
    assert stage.kibana.rules[copy] == before


def test_what_bears_our_mark_and_is_unknown_is_left_alone(stage: Stage) -> None:
    other = stage.rules.pop()
    stage.write()
    stage.deploy()
    (stage.folder / "ledger.json").unlink()
    left = stage.kibana.rules[stage.ids[0]] | {
        "rule_id": other["rule_id"],
        "tags": ["rekey", "rekey rule: aws/of_an_older_version"],
    }
    stage.kibana.rules[other["rule_id"]] = deepcopy(left)
    stage.deploy("--prune")
    assert stage.statuses[other["rule_id"]] == "removed upstream"
    assert stage.kibana.rules[other["rule_id"]] == left


def test_a_plan_shows_every_field_that_it_changes(stage: Stage) -> None:
    stage.deploy()
    stage.kibana.edit(stage.ids[0], actions=[ACTION])
    stage.raise_version(note="new")
    stage.plan()
    before = deepcopy(stage.kibana.rules[stage.ids[0]])
    planned = json.loads((stage.folder / "plan.json").read_bytes())["plan"]["changes"]
    [change] = [each for each in planned if each["status"] == "update"]
    assert stage.apply() == ExitCode.OK
    after = stage.kibana.rules[stage.ids[0]]
    servers = {"revision", "updated_at", "updated_by"}
    changed = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)} - servers
    assert changed == {each["field"] for each in change["differences"]} == {"note", "version"}
