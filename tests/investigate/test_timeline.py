"""The timeline: what is taken, what is folded, and what is left out when it is too much."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rekey.enrichers.lineage import Lineage
from rekey.event import WorkloadEvent
from rekey.timeline import FOLD_WITHIN, Context, context, steps
from tests.investigate.alerts import at, event
from tests.investigate.records import Record, call, loaded


def around(
    folder: Path, records: Sequence[Record], *, spans: dict[str, tuple[float, float]],
    whole: Sequence[str] = (), most: int = 100,
) -> tuple[list[float], Context]:  # fmt: skip
    """Give the hours of the acts that are taken."""
    with loaded(folder, records) as replay:
        Lineage(replay.store)
        times = {name: (at(low), at(high)) for name, (low, high) in spans.items()}
        found = context(replay.store, times, whole, most)
        rows = replay.store.db.execute("SELECT seq, time FROM credential_uses").fetchall()
    hours = {seq: (time - at(0).replace(tzinfo=None)) / timedelta(hours=1) for seq, time in rows}
    return sorted(hours[seq] for seq in found.seqs), found


def test_an_hour_around_the_alerts_is_taken_and_not_more(tmp_path: Path) -> None:
    records = [call("AKIA1", hour) for hour in (3.9, 4, 5, 6, 7, 7.1)]
    hours, found = around(tmp_path, records, spans={"AKIA1": (5, 6)})
    assert (hours, found.left_out) == ([4, 5, 6, 7], 0)


def test_what_was_issued_in_the_case_is_taken_whole(tmp_path: Path) -> None:
    records = [call("AKIA1", 500), call("AKIA2", 500)]
    hours, _ = around(tmp_path, records, spans={"AKIA2": (0, 0)}, whole=["AKIA1"])
    assert hours == [500]


def test_the_issued_come_before_context_and_their_last_use_before_the_middle(
    tmp_path: Path,
) -> None:
    issued = [call("AKIA1", 10 + hour) for hour in range(10)]
    other = [call("AKIA2", hour / 60) for hour in range(30)]
    hours, found = around(
        tmp_path, [*issued, *other], spans={"AKIA2": (0, 0)}, whole=["AKIA1"], most=4
    )
    assert hours == [10, 11, 18, 19]
    assert found.left_out == 36


def test_of_context_what_is_nearest_to_an_alert_is_kept(tmp_path: Path) -> None:
    records = [call("AKIA1", 5 + minutes / 60) for minutes in range(-50, 51, 10)]
    hours, found = around(tmp_path, records, spans={"AKIA1": (5, 5)}, most=3)
    assert [round(60 * (hour - 5)) for hour in hours] == [-10, 0, 10]
    assert found.left_out == 8


def test_without_credentials_there_is_no_context(tmp_path: Path) -> None:
    assert around(tmp_path, [call("AKIA1", 0)], spans={}) == ([], Context((), 0))


drawn = st.lists(
    st.tuples(
        st.integers(0, 200), st.sampled_from(["Get", "Put"]), st.sampled_from(["K", "L"]),
        st.sampled_from(["alert", "mint", "context"]),
    ),
    max_size=30,
)  # fmt: skip


@given(drawn)
def test_steps_keep_every_event_in_order_and_fold_only_context(
    acts: list[tuple[int, str, str, str]],
) -> None:
    events: list[WorkloadEvent] = [
        event(seq=n, hours=minutes / 60, action=action, credential=credential)
        for n, (minutes, action, credential, _) in enumerate(acts)
    ]
    roles = [role for *_, role in acts]
    alerted = {n: ("a",) for n, role in enumerate(roles) if role == "alert"}
    minted = {n: (f"M{n}",) for n, role in enumerate(roles) if role == "mint"}
    made = steps(events[::-1], alerted, minted)
    ids = [id for step in made for id in step.event_ids]
    assert sorted(ids) == sorted(e.event_id for e in events)
    assert sum(step.count for step in made) == len(events)
    assert [step.time for step in made] == sorted(step.time for step in made)
    for step in made:
        assert step.count == len(step.event_ids)
        if step.role != "context":
            assert step.count == 1
        assert bool(step.alerts) is (step.role == "alert")
        assert len(step.minted_ids) == (step.role == "mint")


def test_equal_acts_in_a_row_fold_until_there_is_a_pause() -> None:
    quarter = FOLD_WITHIN / timedelta(hours=1)
    events = [event(seq=n, hours=n * quarter) for n in range(3)]
    events.append(event(seq=9, hours=3 * quarter + 0.01))
    first, second = steps(events, {}, {})
    assert (first.count, first.until, second.count) == (3, at(2 * quarter), 1)
