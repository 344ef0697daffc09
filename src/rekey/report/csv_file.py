"""Alerts as a table for spreadsheets. No cell can begin a formula."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

from rekey.alert import Alert
from rekey.report.safe_text import csv_cell
from rekey.report.words import in_utc

COLUMNS: Final = (
    "id", "level", "rule", "title", "actor", "credential", "sources", "origins", "targets",
    "targets_total", "first", "last", "events",
)  # fmt: skip


def alerts_csv(alerts: Iterable[Alert]) -> str:
    """Write alerts as CSV (RFC 4180 quoting, line feeds), a header line first."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(cell) for cell in _row(alert)] for alert in alerts)
    return text.getvalue()


def _row(alert: Alert) -> tuple[str, ...]:
    return (
        alert.id, alert.rule.level, alert.rule.path, alert.rule.title, alert.actor.id or "",
        alert.credential.id or "", " ".join(alert.sources),
        " ".join(origin.ip for origin in alert.origins if origin.ip), " ".join(alert.targets),
        str(alert.targets_total), in_utc(alert.first).isoformat(), in_utc(alert.last).isoformat(), str(alert.count),
    )  # fmt: skip
