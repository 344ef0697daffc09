from rekey.report.page_view import figures, groups, unanswered
from tests.report.samples import investigation


def test_figures_count_alerts_once_inside_and_once_outside_cases() -> None:
    told = {figure.label: (figure.number, figure.note) for figure in figures(investigation())}
    assert told["alerts"] == ("14", "9 in cases")
    assert told["events"] == ("49,625", "5 files, 75.5 MB")
    assert told["rejected records"] == ("14", "2 reasons")
    assert told["log sources"] == ("5/6", "1 gap")
    assert told["case"] == ("1", "64 rules ran")


def test_other_alerts_are_grouped_by_rule_worst_first() -> None:
    found = groups(investigation().other_alerts)
    assert [(group.rule.level, len(group.alerts)) for group in found] == [("medium", 1), ("low", 4)]
    assert len(found[1].samples) == 3


def test_unanswered_questions_are_grouped_by_reason() -> None:
    found = unanswered(investigation().not_evaluable)
    assert [len(group.questions) for group in found] == [3, 1, 1]
    assert found[0].reason == "no spire_audit logs in the input"
