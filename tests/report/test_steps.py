from rekey.case import Step
from rekey.report.findings import Findings
from rekey.report.steps import FOLD_FROM, Run, runs, telling
from tests.report.samples import ALERTS, TIMELINE, crowded

PLENTY = 10_000_000


def listed(steps: tuple[Step, ...], budget: int = PLENTY) -> list[Run]:
    return runs(steps, Findings(ALERTS), frozenset(["e-1-1"]), budget)


def test_every_step_is_listed_once_in_order_of_time() -> None:
    found = [view.step for run in listed(TIMELINE[::-1]) for view in run.steps]
    assert len(found) == len(TIMELINE)
    assert [step.time for step in found] == sorted(step.time for step in TIMELINE)


def test_long_runs_of_one_sort_are_folded() -> None:
    folded = [run for run in listed(TIMELINE) if run.summary]
    assert [run.summary for run in folded] == [
        "9 other acts in github_audit",
        "GetSecretValue × 12 in aws_cloudtrail",
    ]
    assert all(len(run.steps) >= FOLD_FROM for run in folded)


def test_runs_of_an_alert_do_not_swallow_another_alert() -> None:
    step = TIMELINE[9]
    other = step.model_copy(update={"alerts": (ALERTS[5].id,)})
    assert not any(run.summary for run in listed((step,) * 7 + (other,) + (step,) * 7))


def test_what_a_fold_does_not_list_is_counted() -> None:
    (run,) = listed((TIMELINE[0],) * 1_000)
    assert len(run.steps) + run.left_out == 1_000


def test_steps_carry_the_numbers_of_their_alerts() -> None:
    views = {view.step.event_id: view for run in listed(TIMELINE) for view in run.steps}
    marks = [(mark.level, mark.label) for mark in views["m-ledger"].marks]
    assert marks == [("high", "2"), ("medium", "3")]


def test_an_act_that_issued_a_credential_is_told_whatever_its_role() -> None:
    minting = {view.step.event_id for run in listed(TIMELINE) for view in run.steps if view.minting}
    assert minting >= {"m-deploy", "m-token", "e-1-1"}
    assert "c-caller" not in minting


def test_the_date_stands_where_the_day_changes() -> None:
    tomorrow = TIMELINE[0].model_copy(update={"time": TIMELINE[0].time.replace(day=21)})
    (run,) = listed((TIMELINE[0], TIMELINE[0], tomorrow))
    assert [view.date for view in run.steps] == ["2026-11-20", "", "2026-11-21"]


def test_the_budget_goes_to_alerts_and_mints_before_context() -> None:
    context, alert = TIMELINE[0], TIMELINE[9]
    (run,) = listed((context, alert), budget=900)
    assert [view.raw is not None for view in run.steps] == [False, True]


def test_a_large_timeline_keeps_to_its_budget() -> None:
    steps = crowded().cases[0].timeline
    texts = [view.raw for run in listed(steps, 50_000) for view in run.steps if view.raw]
    assert 0 < sum(map(len, texts)) <= 50_000


def test_where_room_is_short_each_finding_keeps_its_first_steps() -> None:
    findings = Findings(ALERTS)
    few = telling(TIMELINE, findings, 16)
    assert len(few) == 16
    assert list(few) == [step for step in TIMELINE if step in few], "in the order given"
    told = {finding.number for step in few for finding in findings.of(step.alerts)}
    assert told == {finding.number for finding in findings.in_order}
    assert all(step in few for step in TIMELINE if step.role == "mint")


def test_where_there_is_room_all_steps_are_listed() -> None:
    assert telling(TIMELINE, Findings(ALERTS), len(TIMELINE)) == TIMELINE
    assert telling((), Findings(ALERTS), 10) == ()
