"""A lost answer is asked for again; an answer is not, whatever it says."""

from datetime import UTC, datetime, timedelta

import pytest

from rekey.containment.errors import Denied, Gone, ProviderError, Refused, Throttled, Unreachable
from rekey.containment.patience import ATTEMPTS, BETWEEN, patiently


class Asked:
    """Raises the same each time, on a clock that only counts."""

    def __init__(self, error: ProviderError) -> None:
        self.error, self.times, self.waited = error, 0, timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, length: timedelta) -> None:
        self.waited += length

    def __call__(self) -> None:
        self.times += 1
        raise self.error


@pytest.mark.parametrize(
    "error", [Refused("quota"), Denied("no", "iam:GetUser"), Gone("revoked")], ids=repr
)
def test_an_answer_is_taken_at_once(error: ProviderError) -> None:
    asked = Asked(error)
    with pytest.raises(type(error)):
        patiently(asked, asked)
    assert (asked.times, asked.waited) == (1, timedelta())


def test_a_lost_one_is_asked_for_again() -> None:
    asked = Asked(Unreachable("no answer"))
    with pytest.raises(Unreachable):
        patiently(asked, asked)
    assert (asked.times, asked.waited) == (ATTEMPTS, BETWEEN * (ATTEMPTS - 1))


def test_whoever_says_wait_is_waited_for() -> None:
    asked = Asked(Throttled("slow down", timedelta(seconds=7)))
    with pytest.raises(Throttled):
        patiently(asked, asked)
    assert asked.waited == timedelta(seconds=7) * (ATTEMPTS - 1)
