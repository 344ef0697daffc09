"""The shipped rules leave the survey to tell which events matter: few are read in full.

A rule that has many read would still be right, and no other test would see that every run takes twice
as long; see docs/performance.md.
"""

from pathlib import Path

from benchmarks.cloudtrail import Traffic
from rekey.loading import load
from rekey.pack import shipped_pack
from rekey.replay import Replay

EVENTS = 100_000
MOST = 0.04
"""Share of the events, with the looks of some hundreds of identities among them; of more it is less."""


def test_of_a_large_account_few_events_are_read_in_full(tmp_path: Path) -> None:
    log, work = tmp_path / "cloudtrail.ndjson", tmp_path / "work"
    with log.open("w", encoding="utf-8") as file:
        file.writelines(Traffic().lines(EVENTS))
    work.mkdir()
    shipped = load([shipped_pack()], None)
    with Replay(shipped.rules, shipped.site, work) as replay:
        replay.read([str(log)])
        replay.load()
        events, *_ = replay.store.extent("aws_cloudtrail")
        read = replay.store.one("SELECT count(*) FROM full_aws_cloudtrail")
    assert events == EVENTS
    assert read < MOST * EVENTS
