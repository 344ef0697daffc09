import csv
from io import StringIO

from rekey.report.csv_file import COLUMNS, alerts_csv
from tests.report.hostile import hostile
from tests.report.samples import ALERTS


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))


def test_one_row_per_alert_under_the_header() -> None:
    header, first, *rest = rows(alerts_csv(ALERTS))
    assert tuple(header) == COLUMNS
    assert len(rest) == len(ALERTS) - 1
    told = dict(zip(header, first, strict=True))
    assert told["level"] == "medium"
    assert told["origins"] == "203.0.113.77"
    assert told["first"] == "2026-11-20T09:14:02+00:00"
    assert told["events"] == "4"


def test_no_cell_begins_a_formula_or_breaks_its_row() -> None:
    found = hostile()
    text = alerts_csv(found.cases[0].alerts)
    assert "=HYPERLINK" in text
    assert text.count("\n") == len(found.cases[0].alerts) + 1
    for row in rows(text):
        assert len(row) == len(COLUMNS)
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
