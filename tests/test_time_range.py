"""--from and --to: two runs that meet at a moment tell of every event once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from rekey.alert import Alert
from rekey.cli.run_options import RunOptions, opened
from rekey.pack import shipped_pack

SINGLE = "aws/logging_switched_off_by_workload"
COUNT = "aws/secrets_read_in_breadth"
START = datetime(2026, 11, 20, tzinfo=UTC)


def written(file: Path, rule: str, times: Sequence[datetime]) -> Path:
    """Write the first event of a rule's fixture again and again, each about another secret."""
    line = (shipped_pack().fixture_folder(rule) / "match.ndjson").read_bytes().splitlines()[0]
    records = []
    for number, time in enumerate(times):
        record = orjson.loads(line)
        record |= {"eventID": f"id-{number}", "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if rule == COUNT:
            record["requestParameters"] = {"secretId": f"prod/{number}"}
        records.append(orjson.dumps(record))
    file.write_bytes(b"\n".join(records))
    return file


def alerts(log: Path, rule: str, **span: datetime) -> Sequence[Alert]:
    with opened(RunOptions((str(log),), rules=(rule,), **span)) as run:  # type: ignore[arg-type]
        return run.evaluate().alerts


@pytest.mark.parametrize("rule", [SINGLE, COUNT])
def test_an_alert_that_goes_on_for_weeks_is_told_from_then_on(rule: str, tmp_path: Path) -> None:
    times = [START + timedelta(minutes=20 * n / 60) for n in range(60 * 72)]
    log = written(tmp_path / "log", rule, times)
    (whole,) = alerts(log, rule)
    assert (whole.first, whole.count) == (START, len(times))
    since = START + timedelta(hours=12)
    window = timedelta(minutes=10 if rule == COUNT else 0)
    (today,) = alerts(log, rule, time_from=since)
    assert today.first == since - window
    assert today.count == sum(time >= since - window for time in times)
    assert alerts(log, rule, time_from=times[-1] + timedelta(seconds=1)) == ()


def test_the_moment_at_which_two_runs_meet_belongs_to_the_second(tmp_path: Path) -> None:
    times = [START, START + timedelta(hours=1), START + timedelta(hours=2)]
    log = written(tmp_path / "log", SINGLE, times)
    (before,) = alerts(log, SINGLE, time_to=times[1])
    (after,) = alerts(log, SINGLE, time_from=times[1])
    assert [before.count, after.count] == [1, 2]
    assert not set(before.sample_ids) & set(after.sample_ids)
