"""The effects of a run as events of a SIEM say what the evidence says, in the words of the schemas.

OCSF: https://schema.ocsf.io/1.3.0/classes/remediation_activity, from which the required attributes
and the numbers below are taken. ECS: https://www.elastic.co/docs/reference/ecs.
"""

import json

import pytest

from rekey.containment.report.ecs import documents
from rekey.containment.report.evidence import Evidence, evidence_of
from rekey.containment.report.ocsf import remediation_activities
from tests.fakes.stage import USER, Stage

REQUIRED = ("activity_id", "category_uid", "class_uid", "command_uid", "metadata", "severity_id",
            "time", "type_uid")  # fmt: skip
EVICT, RESTORE, HARDEN = 2, 3, 4
SUCCESS, FAILURE, PARTIAL = 1, 2, 4
IAM_TYPES = {"admin", "change", "creation", "deletion", "group", "info", "user"}


def ran(stage: Stage) -> Evidence:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    return evidence_of(stage.journal, plan.run)


def test_each_effect_is_one_remediation_activity(stage: Stage) -> None:
    evidence = ran(stage)
    found = list(remediation_activities(evidence))
    effects = [one for one in evidence.effects if one.mutates and one.status != "waiting"]
    assert [one["unmapped"]["action"] for one in found] == [one.action for one in effects]
    for event in found:
        assert set(REQUIRED) <= set(event)
        assert (event["category_uid"], event["class_uid"]) == (7, 7001)
        assert event["type_uid"] == 700100 + event["activity_id"]
        assert {"product", "version"} <= set(event["metadata"])
        assert event["status_id"] == SUCCESS
        assert event["start_time"] <= event["end_time"] <= event["time"]
        assert None not in event.values()
    activities = {one["unmapped"]["action"]: one["activity_id"] for one in found}
    assert activities["fake.disable_key"] == activities["fake.deny_older_sessions"] == EVICT
    assert activities["fake.create_key"] == HARDEN


def test_and_one_document_of_the_common_schema(stage: Stage) -> None:
    evidence = ran(stage)
    found = list(documents(evidence))
    assert len(found) == len(list(remediation_activities(evidence)))
    for document in found:
        event = document["event"]
        assert (event["kind"], event["category"], event["outcome"]) == ("event", ["iam"], "success")
        assert set(event["type"]) <= IAM_TYPES
        assert document["user"]["target"]["name"] == f"user/{USER}"
        assert {"ada", "bob", f"user/{USER}"} <= set(document["related"]["user"])
    assert {one["event"]["type"][0] for one in found} == {"change", "creation"}


def test_what_a_provider_has_only_accepted_is_no_success(stage: Stage) -> None:
    stage.cloud.fault("update_key", "always lie")
    evidence = ran(stage)
    (key,) = [one for one in remediation_activities(evidence)
              if one["unmapped"]["action"] == "fake.disable_key"]  # fmt: skip
    assert (key["status_id"], key["severity"]) == (PARTIAL, "High")
    assert key["status_detail"]
    (document,) = [one for one in documents(evidence)
                   if one["event"]["action"] == "fake.disable_key"]  # fmt: skip
    assert document["event"]["outcome"] != "success"


def test_an_effect_that_was_proven_in_the_end_needs_no_excuse(stage: Stage) -> None:
    plan = stage.plan("contain")
    (stage.folder / "halt").touch()
    stage.run(plan, "bob")
    refused = evidence_of(stage.journal, plan.run)
    assert all(one["status_detail"] for one in remediation_activities(refused))
    (stage.folder / "halt").unlink()
    stage.engine().resume(plan.run)
    evidence = evidence_of(stage.journal, plan.run)
    done = [one for one in remediation_activities(evidence) if one["status_id"] == SUCCESS]
    assert len(done) >= 2
    assert all("status_detail" not in one for one in done)
    assert all("reason" not in one["event"] for one in documents(evidence)
               if one["event"]["outcome"] == "success")  # fmt: skip


def test_what_guards_refused_is_told_as_a_failure(stage: Stage) -> None:
    plan = stage.plan("contain")
    (stage.folder / "halt").touch()
    stage.run(plan, "bob")
    found = list(remediation_activities(evidence_of(stage.journal, plan.run)))
    assert found
    assert {one["status_id"] for one in found} == {FAILURE}
    assert all("start_time" not in one for one in found), "it never began"


def test_what_was_undone_is_restored(stage: Stage) -> None:
    plan = stage.plan("contain", store=None, destinations={})
    stage.run(plan, "bob")
    stage.engine().undo(plan.run, "wrong", stage.people.undo(plan, "ada"))
    evidence = evidence_of(stage.journal, plan.run)
    assert {one["activity_id"] for one in remediation_activities(evidence)} == {RESTORE}


def test_an_event_told_again_is_known_by_its_id(stage: Stage) -> None:
    evidence = ran(stage)
    first, again = ([one["metadata"]["uid"] for one in remediation_activities(evidence)]
                    for _ in range(2))  # fmt: skip
    assert first == again == [one["event"]["id"] for one in documents(evidence)]
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("events", [remediation_activities, documents])
def test_control_characters_stay_escaped(events: object, stage: Stage) -> None:
    evidence = ran(stage)
    hostile = evidence.model_copy(update={"override": "a\n\x1b[31m\u202eb"})
    for event in events(hostile):  # type: ignore[operator]
        line = json.dumps(event)
        assert "\n" not in line and "\x1b" not in line and "\u202e" not in line
        assert json.loads(line) == event
