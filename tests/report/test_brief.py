"""A case in brief: what stands at its head is what the rest of the page bears out."""

from rekey.report.brief import brief
from rekey.report.findings import Findings
from rekey.report.html import page
from tests.report.html_reader import Page
from tests.report.samples import ALERTS, CASE, TIMELINE, investigation


def test_it_says_who_with_what_since_when_and_what_still_works() -> None:
    found = brief(CASE, Findings(CASE.alerts))
    assert found.who is not None and found.who.actor.id == found.name == "shop-ci-bot"
    assert found.others == len(CASE.actors) - 1
    assert found.credential is not None and found.credential.credential == ALERTS[0].credential
    assert found.first == CASE.first
    assert found.last == max(step.until or step.time for step in TIMELINE) == CASE.last
    assert found.networks == ("203.0.113.0/24",)
    assert [node.validity for node in (*found.works, *found.may_work)] == (
        ["valid"] * 3 + ["unknown"] * 2
    )


def test_the_gravest_findings_come_in_order_of_time() -> None:
    found = brief(CASE, Findings(CASE.alerts))
    levels = {one.rule.level for one in found.worst}
    assert levels <= {"critical", "high"} and "critical" in levels
    assert [one.number for one in found.worst] == sorted(one.number for one in found.worst)
    assert len(found.worst) + found.more == len({alert.rule.path for alert in CASE.alerts})


def test_the_last_act_counts_even_if_no_alert_saw_it() -> None:
    late = TIMELINE[-1].model_copy(update={"until": None, "time": CASE.last.replace(day=25)})
    case = CASE.model_copy(update={"timeline": (*TIMELINE, late)})
    assert brief(case, Findings(case.alerts)).last == late.time


def test_next_steps_name_owners_and_what_is_missing() -> None:
    steps = brief(CASE, Findings(CASE.alerts)).next_steps
    assert steps[0] == "End what still works: 3 credentials, named above."
    assert any("#shop-oncall" in step and "payments-oncall@example.com" in step for step in steps)
    assert steps[-1] == "Find the owners of 2 identities."


def test_it_can_do_without_identities_credentials_and_steps() -> None:
    bare = CASE.model_copy(
        update={"actors": (), "credentials": (), "timeline": (), "playbooks": ()}
    )
    found = brief(bare, Findings(bare.alerts))
    assert (found.who, found.credential, found.last) == (None, None, CASE.last)
    assert found.next_steps == ()
    told = Page(page(investigation().model_copy(update={"cases": (bare,)}))).text
    assert "unknown owner" in told and "no credential id is logged" in told
    assert "The logs name no credential that could be ended." in told
    assert "had expired" not in told


def test_each_case_names_the_command_that_shows_what_its_playbooks_would_do() -> None:
    found = investigation()
    told = Page(page(found)).text
    commands = [f"rekey contain plan report.json --case {case.id}" for case in found.cases]
    assert [told.count(command) for command in commands] == [1] * len(commands)
    bare = found.model_copy(update={"cases": (CASE.model_copy(update={"playbooks": ()}),)})
    assert "rekey contain" not in Page(page(bare)).text
