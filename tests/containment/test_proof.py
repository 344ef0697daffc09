"""Checks are counted, and no single answer is believed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from rekey.containment.action_spec import Grade, Propagation
from rekey.containment.call import Check
from rekey.containment.errors import Refused, Unreachable
from rekey.containment.proof import Proof, Watch, at_least

START = datetime(2026, 11, 24, tzinfo=UTC)
PROPAGATION = Propagation(
    timedelta(seconds=10), "a test", timedelta(seconds=20), timedelta(seconds=2)
)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def sleep(self, length: timedelta) -> None:
        self.time += length


def check(holds: bool | None, grade: Grade = Grade.B, endpoint: str = "one") -> Check:
    return Check(grade, endpoint, "?", "no", "…", holds)


def watched(rounds: list[list[Check]], *endpoints: str) -> tuple[Proof, Clock]:
    """Ask for these rounds, the last one again and again."""
    clock = Clock()

    def answers() -> Iterator[list[Check]]:
        yield from rounds
        while True:
            yield rounds[-1]

    source = answers()
    return Watch(PROPAGATION, clock, endpoints).prove(START, lambda: next(source)), clock


def test_three_in_a_row_after_the_bound() -> None:
    proof, clock = watched([[check(True)]])
    assert (proof.grade, proof.rounds) == (Grade.B, 3)
    assert proof.since == START + timedelta(seconds=10)
    assert clock.time == START + timedelta(seconds=14)


@pytest.mark.parametrize("other", [False, None])
def test_a_row_that_breaks_begins_again(other: bool | None) -> None:
    rounds = [[check(True)], [check(True)], [check(other)], [check(True)]]
    proof, _ = watched(rounds)
    assert proof.since == START + timedelta(seconds=16)


def test_never() -> None:
    proof, clock = watched([[check(False)]])
    assert proof.grade is None and "expected" in proof.reason
    assert clock.time == START + timedelta(seconds=30)


def test_an_answer_that_cannot_be_told_is_no_rejection() -> None:
    proof, _ = watched([[check(None, Grade.A)]])
    assert proof.grade is None


def test_one_endpoint_of_two_is_not_enough() -> None:
    assert watched([[check(True), check(False, endpoint="two")]])[0].grade is None
    assert watched([[check(True, Grade.A)]], "one", "two")[0].grade is None
    both = [check(True, Grade.A), check(True, Grade.A, "two")]
    assert watched([both], "one", "two")[0].grade is Grade.A


def test_an_endpoint_that_is_asked_once_must_answer_in_every_round() -> None:
    rounds = [[check(True), check(False, endpoint="two")], [check(True)]]
    assert watched(rounds)[0].grade is None


def test_a_lesser_grade_counts_when_the_better_cannot_be_told() -> None:
    proof, clock = watched([[check(None, Grade.A), check(True)]])
    assert proof.grade is Grade.B
    assert clock.time >= START + timedelta(seconds=30)  # it waited for the better one


def test_a_better_grade_that_says_the_opposite_voids_the_lesser() -> None:
    assert watched([[check(False, Grade.A), check(True)]])[0].grade is None


def test_a_lesser_grade_that_says_the_opposite_voids_the_better() -> None:
    assert watched([[check(True, Grade.A), check(False, Grade.C)]])[0].grade is None


def test_an_error_is_no_answer() -> None:
    def fails() -> list[Check]:
        raise Unreachable("no answer")

    proof = Watch(PROPAGATION, Clock()).prove(START, fails)
    assert (proof.grade, proof.reason) == (None, "no answer")


LATE = timedelta(seconds=30)
"""A timeout that alone outlasts the patience of the action."""


@pytest.mark.parametrize(("lost", "proven"), [(1, True), (4, True), (5, False), (9, False)])
def test_a_lost_answer_that_outlasts_patience_is_asked_again_some_times(
    lost: int, proven: bool
) -> None:
    clock, asked = Clock(), []

    def ask() -> list[Check]:
        asked.append(clock.now())
        if len(asked) <= lost:
            clock.sleep(LATE)
            raise Unreachable("no answer")
        return [check(True)]

    proof = Watch(PROPAGATION, clock).prove(START, ask)
    assert proof.grade == (Grade.B if proven else None)
    assert len(asked) == (lost + 3 if proven else 5)
    assert proven or proof.reason == "no answer"


def test_a_refusal_is_an_answer_and_no_reason_to_ask_beyond_patience() -> None:
    clock, asked = Clock(), []

    def ask() -> list[Check]:
        asked.append(clock.now())
        clock.sleep(LATE)
        raise Refused("not here")

    assert Watch(PROPAGATION, clock).prove(START, ask).reason == "not here"
    assert len(asked) == 1


@pytest.mark.parametrize(("rounds", "asked"), [([False], 1), ([None, True], 4)])
def test_where_nothing_was_changed_an_answer_against_it_is_the_last(
    rounds: list[bool | None], asked: int
) -> None:
    clock, told = Clock(), iter([*rounds, *[True] * 9])
    proof = Watch(PROPAGATION, clock, final=True).prove(START, lambda: [check(next(told))])
    assert proof.grade is (Grade.B if asked > 1 else None)
    assert clock.time == START + timedelta(seconds=10 + 2 * (asked - 1))


def test_a_clock_that_is_behind_shortens_nothing() -> None:
    clock = Clock()
    proof = Watch(PROPAGATION, clock).prove(START + timedelta(minutes=5), lambda: [check(True)])
    assert proof.since and proof.since >= START + timedelta(minutes=5, seconds=10)


def test_grades_are_ordered() -> None:
    assert at_least(Grade.A, Grade.B) and at_least(Grade.B, Grade.B)
    assert not at_least(Grade.C, Grade.B) and not at_least(None, Grade.D)
    assert at_least(Grade.A_SIBLING, Grade.B) and not at_least(Grade.A_SIBLING, Grade.A)
