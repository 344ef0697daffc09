"""Is it proven? Counts checks, and believes no single answer.

An effect is proven with a grade when, later than the provider's propagation bound, every check of
that grade held in several rounds in a row, on every endpoint, and no check of any grade said the
opposite meanwhile. An answer that cannot be told (timeout, other error) proves nothing either way.
Where a round was lost, it is asked again, however late it is: a timeout alone may outlast patience.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rekey.containment.action_spec import Grade, Propagation
from rekey.containment.call import Check
from rekey.containment.clock import Clock
from rekey.containment.errors import ProviderError, Throttled, Unclear, Unreachable
from rekey.containment.patience import ATTEMPTS

BEST_FIRST: Final = tuple(Grade)
PRESENTED: Final = (Grade.A, Grade.A_SIBLING)
"""Grades that rest on a credential that was presented, which every endpoint must refuse."""


def at_least(grade: Grade | None, least: Grade) -> bool:
    """Say whether a grade is as good as another, or better."""
    return grade is not None and BEST_FIRST.index(grade) <= BEST_FIRST.index(least)


@dataclass(frozen=True)
class Proof:
    """What the checks came to.

    Attributes:
        grade: ``None``: not proven.
        rounds: rounds in a row that held.
        since: the first of them.
        checks: the answers of the last round.
        reason: why it is not proven, or not better.
    """

    grade: Grade | None
    rounds: int
    since: datetime | None
    checks: tuple[Check, ...]
    reason: str = ""


@dataclass
class _Streak:
    rounds: int = 0
    since: datetime | None = None
    endpoints: set[str] = field(default_factory=set)


class Watch:
    """Asks in rounds until the best grade is reached or patience ends.

    Args:
        propagation: bound, patience, interval and rounds of the action.
        clock: tells the time and waits.
        endpoints: what grades A must cover.
        final: whether an answer against it ends the watch: where nothing was changed, waiting
            changes nothing either. No answer at all is another matter.
    """

    def __init__(
        self, propagation: Propagation, clock: Clock, endpoints: Sequence[str] = (), *,
        final: bool = False,
    ) -> None:  # fmt: skip
        self._propagation, self._clock, self._final = propagation, clock, final
        self._endpoints = set(endpoints)
        self._streaks: dict[Grade, _Streak] = {}

    def prove(self, applied: datetime, ask: Callable[[], Sequence[Check]]) -> Proof:
        """Watch an effect.

        Args:
            applied: when the provider had accepted it; a clock that went back cannot shorten
                the wait, because waiting is counted from the later of this and now.
            ask: puts all questions once.
        """
        bound = applied + self._propagation.bound
        if (wait := bound - self._clock.now()).total_seconds() > 0:
            self._clock.sleep(wait)
        end = self._clock.now() + self._propagation.patience
        lost = 0
        while True:
            at = self._clock.now()
            checks, failure = self._round(ask)
            lost = lost + 1 if _is_lost(failure) else 0
            self._count(checks, at)
            against = self._final and any(check.holds is False for check in checks)
            best, late = self._best(), against or self._clock.now() >= end
            # Checks that hold are not cut short by an end that was set for those that do not.
            if best or (late and not 0 < lost < ATTEMPTS and not self._on_its_way()):
                return self._result(best, checks, failure)
            self._clock.sleep(self._propagation.interval)

    def _round(
        self, ask: Callable[[], Sequence[Check]]
    ) -> tuple[tuple[Check, ...], ProviderError | None]:
        try:
            return tuple(ask()), None
        except ProviderError as error:
            return (), error

    def _count(self, checks: Sequence[Check], at: datetime) -> None:
        contradicted = any(check.holds is False for check in checks)
        for grade in BEST_FIRST:
            own = [check for check in checks if check.grade is grade]
            streak = self._streaks.setdefault(grade, _Streak())
            asked = {check.endpoint for check in own}
            wanted = streak.endpoints | (self._endpoints if grade in PRESENTED else set())
            streak.endpoints |= asked
            holds = bool(own) and all(check.holds is True for check in own) and wanted <= asked
            if not holds or contradicted:
                streak.rounds, streak.since = 0, None
            else:
                streak.rounds, streak.since = streak.rounds + 1, streak.since or at

    def _best(self) -> Grade | None:
        """Give the best grade that was asked for, once its rounds are full."""
        asked = [grade for grade in BEST_FIRST if self._streaks[grade].endpoints]
        if asked and self._streaks[asked[0]].rounds >= self._propagation.rounds:
            return asked[0]
        return None

    def _on_its_way(self) -> bool:
        """Say whether the best grade that was asked for held in the last round."""
        asked = [grade for grade in BEST_FIRST if self._streaks[grade].endpoints]
        return bool(asked) and self._streaks[asked[0]].rounds > 0

    def _result(
        self, best: Grade | None, checks: tuple[Check, ...], failure: ProviderError | None
    ) -> Proof:
        full = [g for g in BEST_FIRST if self._streaks[g].rounds >= self._propagation.rounds]
        grade = best or (full[0] if full else None)
        if grade is None:
            return Proof(None, 0, None, checks, _why_not(checks, failure))
        streak = self._streaks[grade]
        return Proof(grade, streak.rounds, streak.since, checks)


def _is_lost(failure: ProviderError | None) -> bool:
    """Say whether there was no answer; that something is refused, or gone, is one."""
    return isinstance(failure, Throttled | Unclear | Unreachable)


def _why_not(checks: Sequence[Check], failure: ProviderError | None) -> str:
    against = [check for check in checks if check.holds is False]
    if against:
        first = against[0]
        return f"{first.question}: expected {first.expected}, got {first.answer} ({first.endpoint})"
    if failure is not None:
        return failure.message
    if not checks:
        return "nothing was asked"
    untold = [check for check in checks if check.holds is None]
    return f"{untold[0].endpoint}: {untold[0].answer}" if untold else "not often enough in a row"
