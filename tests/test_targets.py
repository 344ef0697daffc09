"""An alert names the targets of all its events, or says how many it does not name."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from rekey import match, targets
from rekey.alert import Alert
from rekey.case import Case
from rekey.cli.run_options import RunOptions, opened
from rekey.enrichers.owners import load_owners
from rekey.investigate import investigate
from rekey.pack import shipped_pack
from rekey.report.reach import reached
from tests.investigate.runs import NOW

RULE = "aws/secrets_read_in_breadth"
TOOL = "aws/credential_used_with_attack_tool"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A key that reads sixty secrets in five minutes, each twice."""
    line = (shipped_pack().fixture_folder(RULE) / "match.ndjson").read_bytes().splitlines()[0]
    records = []
    for number in range(120):
        record = orjson.loads(line)
        record["eventID"] = f"id-{number}"
        record["eventTime"] = f"2026-11-20T03:{number // 30:02}:{number % 30:02}Z"
        record["requestParameters"] = {"secretId": secret(number % 60)}
        records.append(orjson.dumps(record))
    (tmp_path / "log.ndjson").write_bytes(b"\n".join(records))
    return tmp_path / "log.ndjson"


def secret(number: int) -> str:
    return f"prod/db/{number}"


def alerts(log: Path) -> Sequence[Alert]:
    with opened(RunOptions((str(log),), rules=(RULE,))) as run:
        return run.evaluate().alerts


def asked_with_a_tool(log: Path) -> bytes:
    """What makes it a case: the key was tried on a system that is made for attacks."""
    about = orjson.loads(log.read_bytes().splitlines()[0])["userIdentity"]
    line = (shipped_pack().fixture_folder(TOOL) / "match.ndjson").read_bytes().splitlines()[0]
    return orjson.dumps(
        orjson.loads(line) | {"userIdentity": about, "eventTime": "2026-11-20T02:59:00Z"}
    )


def test_all_are_named_in_the_order_of_their_first_event(log: Path) -> None:
    (alert,) = alerts(log)
    assert (alert.count, alert.targets_total) == (120, 60)
    assert len(alert.events) == match.SAMPLES
    assert alert.targets == tuple(map(secret, range(60)))


def test_more_than_are_named_are_counted(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "LISTED", 25)
    (alert,) = alerts(log)
    assert alert.targets_total == 60
    assert alert.targets == tuple(map(secret, range(25)))


def test_a_case_reaches_all_of_them_and_says_what_it_does_not_name(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tool = log.with_name("tool.ndjson")
    with_tool.write_bytes(asked_with_a_tool(log))

    def case() -> Case:
        options = RunOptions((str(log), str(with_tool)), rules=(RULE, TOOL), lineage=True)
        with opened(options) as run:
            (found,) = investigate(run, load_owners((), run.site), NOW).cases
            return found

    whole = case()
    (group,) = [each for each in reached(whole) if each.targets]
    assert (len(group.targets), group.outcomes) == (60, "120 success")
    assert not [each for each in whole.not_evaluable if each.what == "targets"]
    monkeypatch.setattr(targets, "LISTED", 25)
    (said,) = [each.reason for each in case().not_evaluable if each.what == "targets"]
    assert said.endswith("25 are named of 60 in all its 120 events")
