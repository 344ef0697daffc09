"""A busy week in which nothing is wrong raises no case, and hardly an alert."""

from pathlib import Path

from rekey.case import Investigation
from tests.investigate.runs import QUIET, investigated


def test_there_is_no_case(quiet: Investigation) -> None:
    assert [case.title for case in quiet.cases] == []


def test_lone_alerts_are_few_and_low(quiet: Investigation) -> None:
    alerts = [(alert.rule.path, alert.rule.level) for alert in quiet.other_alerts]
    assert len(alerts) <= 5
    assert {level for _, level in alerts} <= {"low", "informational"}


def test_it_is_quiet_because_the_news_was_announced(learned: Path, tmp_path: Path) -> None:
    text = (QUIET / "site.yml").read_text()
    before, _, rest = text.partition("announced:")
    site = tmp_path / "site.yml"
    site.write_text(before + "exclusions:" + rest.partition("exclusions:")[2])
    found = investigated(QUIET / "logs" / "aws", site=site, state=learned)
    rules = {alert.rule.path for case in found.cases for alert in case.alerts}
    assert "aws/role_assumed_by_new_subject" in rules
