"""An identity is mature by all that it did, not by what a rule is about; and this outlives a run."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.evaluate import evaluate
from rekey.match import Match
from rekey.replay import Replay
from rekey.site import Site
from tests.made_rules import base, correlation, made
from tests.made_stores import store_of
from tests.sources.samples import Record, github, ndjson

DAY = 86_400_000
BEGIN = 1_793_577_600_000


def downloads(history: str) -> Rule:
    return made(
        base("download", {"action": "repo.download_zip"}),
        correlation(
            "value_count", ["download"], ["actor"], "30d", condition={"field": "repo", "gte": 2},
            first_seen={"history": history, "maturity": "14d", "min_events": 50},
        ),
    )  # fmt: skip


RULE = downloads("30d")


def request(time: int, **fields: str) -> Record:
    return github(0) | {"@timestamp": BEGIN + time} | fields


def work(days: Sequence[int], actor: str = "ledger", each: int = 4) -> Iterator[Record]:
    """Requests of other kinds."""
    for day in days:
        for n in range(each):
            name = f"{actor}-{day}-{n}"
            yield request(
                day * DAY + n * 1000, _document_id=name, action="issues.opened", actor=actor
            )


def download(day: int, repo: str = "payments", actor: str = "ledger") -> Record:
    return request(
        day * DAY + 60_000, _document_id=f"{actor}-{day}-{repo}", action="repo.download_zip",
        actor=actor, repo=repo,
    )  # fmt: skip


def run(
    records: Sequence[Record], state: Path | None = None, rule: Rule = RULE
) -> tuple[list[Match], Baselines]:
    baselines = Baselines(state)
    with store_of("github_audit", [records], [rule], first_part=0) as store:
        baselines.open(store.db)
        [found] = evaluate([rule], store, baselines)
        baselines.save(store.db)
    return found, baselines


def test_the_first_act_of_its_kind_by_a_busy_identity_is_news() -> None:
    found, baselines = run([*work(range(20)), download(20)])
    assert [match.value for match in found] == ["payments"]
    assert baselines.mature == [(RULE.path, "ledger")]


@pytest.mark.parametrize(
    "before",
    [list(work(range(10))), list(work(range(20), each=2)), list(work(range(20), actor="other"))],
    ids=["young", "idle", "other"],
)
def test_that_of_a_young_or_idle_one_is_not(before: list[Record]) -> None:
    found, baselines = run([*before, download(20)])
    assert found == []
    assert baselines.learning == [(RULE.path, "ledger")]


def test_requests_of_the_same_day_do_not_count() -> None:
    assert run([*work([0], each=1), *work([20], each=80), download(20)])[0] == []


@pytest.mark.parametrize("cut", [1, 10, 19, 20])
def test_what_was_done_in_earlier_runs_counts(cut: int, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert run(list(work(range(cut))), state)[0] == []
    found, _ = run([*work(range(cut, 20)), download(20)], state)
    assert [match.value for match in found] == ["payments"]


def test_a_run_every_hour_or_over_the_same_log_again_counts_nothing_twice(tmp_path: Path) -> None:
    state = tmp_path / "state"
    few = [*work(range(20), each=2), download(20)]  # 40 requests
    for _ in range(3):
        assert run(few[:30], state)[0] == []
        assert run(few, state)[0] == []
    for record in work([21], each=9):
        assert run([record], state)[0] == []
    found, _ = run([download(22, "ledger")], state)
    assert [match.value for match in found] == ["ledger"]  # 40, one download, and nine


SLEEP = made(
    base("act", {"action": "repo.download_zip"}),
    correlation("event_count", ["act"], ["actor"], "1d", condition={"gte": 1},
                dormant={"gap": "35d"}),
    path="test/sleep",
)  # fmt: skip


def asked(rule: Rule, records: Sequence[Record], state: Path) -> list[Match]:
    return run(records, state, rule)[0]


def test_a_clock_that_runs_ahead_makes_nothing_forgotten(tmp_path: Path) -> None:
    ahead = request(70 * 365 * DAY, _document_id="ahead", action="repo.download_zip", actor="x")
    state = tmp_path / "state"
    assert asked(RULE, [*work(range(20)), download(3, "ledger"), ahead], state) == []
    assert [match.value for match in asked(RULE, [download(20)], state)] == ["payments"]


def test_who_sleeps_longer_than_others_are_remembered_is_known_when_it_wakes(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    sleeper = [download(day, actor="sleeper") for day in (0, 1, 2)]
    assert asked(SLEEP, [*sleeper, *(download(day) for day in range(0, 30, 2))], state) == []
    for month in range(1, 7):
        busy = [download(month * 30 + day) for day in range(0, 30, 2)]
        assert asked(SLEEP, busy, state) == []
    asked(RULE, [download(200)], state)  # a run without the rule takes nothing from it
    assert len(asked(SLEEP, [download(215, actor="sleeper")], state)) == 1


def test_a_rule_that_looks_back_further_than_others_keeps_what_it_needs(tmp_path: Path) -> None:
    long = downloads("180d")
    state = tmp_path / "state"
    asked(long, [*work(range(20)), download(10)], state)
    for month in (1, 2, 3, 4):
        asked(long, [download(month * 30, "ledger")], state)
    assert asked(long, [download(150)], state) == []


def test_of_two_runs_with_one_state_file_the_second_goes_on_from_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    matches, save = Replay.matches, Baselines.save

    def slowly(self: Replay, baselines: Baselines) -> Any:
        order.append("begins")
        time.sleep(0.3)  # the other one is ready long before
        return matches(self, baselines)

    def saved(self: Baselines, db: duckdb.DuckDBPyConnection) -> None:
        save(self, db)
        order.append("saved")

    monkeypatch.setattr(Replay, "matches", slowly)
    monkeypatch.setattr(Baselines, "save", saved)

    def learns(actor: str) -> None:
        folder = tmp_path / actor
        folder.mkdir()
        log = folder / "log.json"
        log.write_bytes(ndjson([*work(range(20), actor), download(3, actor=actor)]))
        with Replay(RuleSet((RULE,)), Site(), folder, state=tmp_path / "state") as replay:
            replay.read([str(log)])
            replay.evaluate()

    with ThreadPoolExecutor() as pool:
        list(pool.map(learns, ["ledger", "basket"]))
    assert order == ["begins", "saved"] * 2
    with duckdb.connect() as db:
        learned = (
            f"SELECT DISTINCT identity[1] FROM read_parquet('{tmp_path / 'state'}') ORDER BY 1"
        )
        assert db.execute(learned).fetchall() == [("basket",), ("ledger",)]
