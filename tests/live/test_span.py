"""Of which time a server is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from rekey.cli.live import span
from rekey.cli.run_options import RunOptions
from rekey.errors import RekeyError

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("options", "begin", "end"),
    [
        ({}, NOW - DAY, NOW),
        ({"since": 7 * DAY}, NOW - 7 * DAY, NOW),
        ({"time_to": NOW - DAY}, NOW - 2 * DAY, NOW - DAY),
        ({"time_from": NOW - DAY / 2}, NOW - DAY, NOW),
        ({"time_from": NOW - 3 * DAY}, NOW - 3 * DAY, NOW),
        ({"time_from": NOW - 3 * DAY, "since": 7 * DAY}, NOW - 7 * DAY, NOW),
    ],
)
def test_what_is_to_be_reported_is_read(
    options: dict[str, datetime | timedelta], begin: datetime, end: datetime
) -> None:
    assert span(RunOptions((), **options), NOW) == (begin, end)  # type: ignore[arg-type]


def test_what_would_not_be_read_cannot_be_reported() -> None:
    with pytest.raises(RekeyError, match="--from lies before"):
        span(RunOptions((), time_from=NOW - 3 * DAY, since=2 * DAY), NOW)
