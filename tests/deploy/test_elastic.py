"""Plan, apply and drift against a fake Kibana: who wins over which field, and when nothing moves."""

import json
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import KibanaFake

EXCEPTION = [
    {"id": "e1", "list_id": "our-scanner", "type": "detection", "namespace_type": "single"}
]
ACTION = [
    {
        "id": "the-connector", "group": "default", "action_type_id": ".slack",
        "params": {"message": "{{context.rule.name}}"},
        "frequency": {"summary": True, "notifyWhen": "onActiveAlert", "throttle": None},
    }
]  # fmt: skip


def test_every_shipped_rule_arrives_and_a_second_run_writes_nothing(
    kibana: KibanaFake, shipped: Path, tmp_path: Path
) -> None:
    where = ["--url", kibana.url, "--ledger", str(tmp_path / "ledger.json")]
    planning = ["deploy", "plan", "--target", "elastic", "--package", str(shipped), *where]
    for expected in (len((shipped / "rules.ndjson").read_text().splitlines()), 0):
        kibana.writes.clear()
        plan = tmp_path / f"plan{expected}.json"
        assert run([*planning, "--out", str(plan)]) == 0
        assert run(["deploy", "apply", str(plan), *where]) == 0
        assert len(kibana.writes) == expected


def test_planning_writes_nothing(stage: Stage) -> None:
    assert stage.plan() == 0
    assert set(stage.statuses.values()) == {"create"}
    assert stage.kibana.rules == {} and stage.kibana.writes == []


def test_the_same_plan_twice_is_done_once(stage: Stage) -> None:
    stage.deploy()
    stage.kibana.writes.clear()
    assert stage.apply() == 0
    assert stage.kibana.writes == []


def test_a_new_version_keeps_what_is_the_users(stage: Stage) -> None:
    stage.deploy()
    id = stage.ids[0]
    theirs = {
        "enabled": True, "exceptions_list": EXCEPTION, "actions": ACTION, "interval": "15m",
        "from": "now-20m", "timeline_id": "t-1", "timeline_title": "Ours",
    }  # fmt: skip
    stage.kibana.edit(id, **theirs)
    stage.raise_version(note="Look here first.")
    assert stage.deploy() == 0
    assert stage.statuses[id] == "update"
    live = stage.kibana.rules[id]
    assert {name: live[name] for name in theirs} == theirs
    assert (live["note"], live["version"]) == ("Look here first.", stage.rules[0]["version"])


def test_a_schedule_that_nobody_touched_follows_the_package(stage: Stage) -> None:
    stage.deploy()
    stage.raise_version(interval="10m")
    stage.deploy()
    assert stage.kibana.rules[stage.ids[0]]["interval"] == "10m"


def test_a_field_that_the_package_drops_goes(stage: Stage) -> None:
    stage.rules[0]["timestamp_override"] = "event.ingested"
    stage.write()
    stage.deploy()
    del stage.rules[0]["timestamp_override"]
    stage.raise_version()
    stage.deploy()
    assert "timestamp_override" not in stage.kibana.rules[stage.ids[0]]


def test_local_edits_are_shown_and_left_until_they_are_given_up(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    id = stage.ids[0]
    stage.kibana.edit(id, query="event.action: mine")
    assert stage.drift(capsys) == ExitCode.FINDINGS
    assert stage.statuses == {id: "local edits"}
    stage.raise_version(note="new")
    stage.kibana.writes.clear()
    stage.deploy()
    assert stage.statuses[id] == "local edits" and stage.kibana.writes == []
    assert "event.action: mine" in capsys.readouterr().out
    stage.deploy("--overwrite", f"rule:{id}")
    assert stage.kibana.rules[id]["query"] == stage.rules[0]["query"]
    assert stage.kibana.rules[id]["note"] == "new"


def test_no_drift_after_a_run_and_after_what_users_may_do(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    stage.kibana.edit(stage.ids[0], enabled=True, interval="1h", exceptions_list=EXCEPTION)
    assert stage.drift(capsys) == 0


def test_a_rule_that_somebody_deleted_stays_away(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    del stage.kibana.rules[stage.ids[1]]
    assert stage.drift(capsys) == ExitCode.FINDINGS
    stage.deploy()
    assert stage.statuses[stage.ids[1]] == "deleted there"
    assert stage.ids[1] not in stage.kibana.rules


def test_what_left_the_package_stays_unless_pruned(stage: Stage) -> None:
    stage.deploy()
    gone = stage.rules.pop()["rule_id"]
    stage.write()
    stage.deploy()
    assert stage.statuses[gone] == "removed upstream" and gone in stage.kibana.rules
    stage.deploy("--prune")
    assert gone not in stage.kibana.rules


def test_rules_of_others_are_never_touched(stage: Stage) -> None:
    theirs = {"rule_id": stage.ids[0], "name": "Mine", "tags": [], "type": "query", "revision": 0}
    other = {"rule_id": "other", "name": "Other", "tags": ["x"], "type": "query", "revision": 0}
    stage.kibana.rules.update({stage.ids[0]: dict(theirs), "other": dict(other)})
    stage.deploy("--prune")
    assert stage.statuses[stage.ids[0]] == "not ours"
    assert stage.kibana.rules[stage.ids[0]] == theirs and stage.kibana.rules["other"] == other


def test_rules_imported_by_hand_are_taken_over_without_a_write(stage: Stage) -> None:
    stage.deploy()
    (stage.folder / "ledger.json").unlink()
    stage.kibana.writes.clear()
    stage.deploy()
    assert stage.kibana.writes == [] and set(stage.statuses.values()) == {"unchanged"}
    stage.raise_version(note="new")
    stage.deploy()
    assert stage.kibana.writes == [("PUT", stage.ids[0])]


def test_another_type_replaces_the_rule_and_keeps_the_users_part(stage: Stage) -> None:
    stage.deploy()
    id = stage.ids[0]
    stage.kibana.edit(id, exceptions_list=EXCEPTION, actions=ACTION, enabled=True)
    stage.raise_version(type="eql", language="eql", query="any where true")
    stage.deploy()
    live = stage.kibana.rules[id]
    assert stage.statuses[id] == "replace" and live["type"] == "eql"
    assert (live["exceptions_list"], live["actions"], live["enabled"]) == (EXCEPTION, ACTION, True)


def test_going_back_one_version(stage: Stage) -> None:
    stage.deploy()
    first = {id: dict(rule) for id, rule in stage.kibana.rules.items()}
    stage.raise_version(note="worse", timestamp_override="event.created")
    gone = stage.rules.pop()["rule_id"]
    stage.rules.append(stage.rules[1] | {"rule_id": "5b0f4a0e-0000-4000-8000-000000000000"})
    stage.write()
    stage.deploy("--prune")
    stage.kibana.edit(stage.ids[0], exceptions_list=EXCEPTION)
    assert stage.plan("--back") == 0
    assert stage.apply() == 0
    assert stage.kibana.rules.keys() == first.keys()
    back, was = stage.kibana.rules[stage.ids[0]], first[stage.ids[0]]
    assert (back["note"], back["version"]) == (was["note"], was["version"])
    assert back["exceptions_list"] == EXCEPTION
    assert stage.kibana.rules[gone]["query"] == first[gone]["query"]
    stage.kibana.writes.clear()


def test_the_space_is_part_of_the_place(stage: Stage) -> None:
    stage.kibana.spaces["blue"] = {}
    assert stage.deploy("--space", "default") == 0
    assert stage.plan("--space", "blue") == 0
    assert stage.apply() == ExitCode.USAGE
    assert stage.apply("--space", "blue") == 0
    assert stage.kibana.spaces["blue"].keys() == set(stage.ids)


def test_drift_lists_nothing_of_what_it_cannot_know(stage: Stage) -> None:
    stage.deploy()
    ledger = json.loads((stage.folder / "ledger.json").read_bytes())
    place = next(iter(ledger["places"].values()))
    assert len(place["records"]) == len(stage.rules)
    assert all(record["pending"] is None for record in place["records"].values())
