"""Which case a plan is made for: one of a report, by the id that the report shows."""

from pathlib import Path

import pytest

from rekey.containment.case_file import read_case
from rekey.errors import RekeyError
from rekey.report.json_file import investigation_json
from tests.report.samples import investigation, many


def test_the_only_case_of_a_report_needs_no_name(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("".join(investigation_json(investigation())))
    assert read_case(report).id == investigation().cases[0].id


@pytest.mark.parametrize("id", [None, "none"])
def test_where_several_fit_they_are_named_by_id_and_title(id: str | None, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("".join(investigation_json(many())))
    assert read_case(report, "watch").title == "The night watch"
    with pytest.raises(RekeyError) as raised:
        read_case(report, id)
    hint = raised.value.hint or ""
    assert "\n  shop-0  The shop again, 0\n" in hint
    assert hint.endswith("  and 101 more, in the report")


def test_a_title_is_one_line_whatever_the_logs_said(tmp_path: Path) -> None:
    cases = [
        case.model_copy(update={"title": "an actor\n  who writes lines"})
        for case in many().cases[:2]
    ]
    report = tmp_path / "report.json"
    report.write_text("".join(investigation_json(investigation(cases=tuple(cases)))))
    with pytest.raises(RekeyError) as raised:
        read_case(report)
    assert (raised.value.hint or "").count("\n") == 2
