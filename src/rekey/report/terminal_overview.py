"""Many cases in a terminal: a row for each identity that they are about, a row for each case."""

from collections.abc import Collection, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from rekey.case import Case
from rekey.report.overview import subjects
from rekey.report.terminal_style import level, lines, short, text
from rekey.report.words import plural, span

_SUBJECTS: Final = 20
_CASES: Final = 50


def subjects_table(cases: Sequence[Case]) -> Table:
    """List the identities that cases begin with, those of the gravest first."""
    found = subjects(cases)
    table = _rows()
    for subject in found[:_SUBJECTS]:
        table.add_row(
            level(subject.level),
            lines([
                short(subject.id or "no identity is named", 100),
                text(span(subject.first, subject.last), "dim"),
            ]),
            Text(plural(len(subject.cases), "case")),
        )  # fmt: skip
    return _counted(table, len(found) - _SUBJECTS, "more identity", "more identities")


def further_cases(cases: Sequence[Case], told: Collection[int]) -> Table:
    """List the cases that are not told in full, the gravest first.

    Args:
        cases: all, in the report's order.
        told: numbers of those that are.
    """
    left = [(number, case) for number, case in enumerate(cases, 1) if number not in told]
    table = _rows()
    for number, case in left[:_CASES]:
        table.add_row(
            level(case.level),
            lines([text(case.title), text(span(case.first, case.last), "dim")]),
            lines([Text(f"{number:,}"), text(case.id, "dim")]),
        )
    return _counted(table, len(left) - _CASES, "more case", "more cases")


def _rows() -> Table:
    table = Table(box=None, show_header=False, expand=True, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    return table


def _counted(table: Table, rest: int, one: str, many: str) -> Table:
    if rest > 0:
        table.caption = Text(f"and {plural(rest, one, many)}, in the other reports")
    return table
