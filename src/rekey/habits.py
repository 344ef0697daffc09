"""Habits: alerts about what an identity does again and again, told apart from those that are news.

A rule that finds one identity on its fourth day learns nothing from it, unless something is new: an
address from where it never came, a target that it never touched. Whoever steals the credential comes
from elsewhere or reaches for something else; whoever owns it does tomorrow what was done today.

Networks, targets and, of first-seen rules, the new values are compared. One of them that brings
something new every day (runners of a cloud, a namespace for each pull request) tells nothing, and
only the others are compared; where none is left, or the log names none, nothing is a habit. Who
vouches for a subject, and whose it is, is compared always: a role that every repository of an
organisation may take is open to no other one. What was found is kept in the state file beside the
baselines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import duckdb

from rekey.alert import Alert
from rekey.habit import Habit
from rekey.habit_state import KEPT_DAYS, Sighting, recall, remember
from rekey.traits import DIMENSIONS, Found, Traits, days_of, read_back, traits_of, written

EARLIER: Final = 3
"""On so many earlier days must a rule have found an identity for more of it to be a habit."""

POINTERS: Final = ("informational", "low")
"""Levels of rules that point at something: to point at the same again is no news, and be it at once."""

RESTLESS: Final = 3
"""News on so many different days, and on every second day at least: more news tells nothing."""

_NEVER_RESTLESS: Final = "owners"
"""The dimension that is compared whatever changes."""

SETTLING: Final = timedelta(days=7)
"""What began within this time of the log's beginning may have begun long before."""

WATCHED: Final = timedelta(days=14)
"""A log must be so long before that is believed of what it shows again and again."""


@dataclass
class _Dimension:
    """What was seen of networks, say, and on which days something of it was new."""

    known: set[str] = field(default_factory=set)
    news: set[date] = field(default_factory=set)

    def restless(self, day: date, earlier: int) -> bool:
        """Say whether so much had been new before a day that news on it would mean nothing.

        Args:
            day: the day.
            earlier: how many days the rule found the identity before.
        """
        news = sum(one < day for one in self.news)
        return news >= RESTLESS and 2 * news >= earlier

    def add(self, values: set[str], day: date) -> None:
        if self.known and not values <= self.known:
            self.news.add(day)
        self.known |= values


@dataclass
class _Record:
    """What is known of one rule on one identity."""

    dimensions: dict[str, _Dimension] = field(
        default_factory=lambda: {name: _Dimension() for name in DIMENSIONS}
    )
    unnamed: int = 0
    days: set[date] = field(default_factory=set)

    def add(self, traits: Traits, days: Sequence[date]) -> None:
        for name, values in traits.shown.items():
            self.dimensions[name].add(values, days[0])
        self.unnamed = max(self.unnamed, traits.unnamed)
        self.days.update(days)

    def earlier(self, day: date) -> int:
        """Count the days before a day."""
        return sum(one < day for one in self.days)

    def restless(self, day: date) -> frozenset[str]:
        """Give the dimensions in which news on a day would mean nothing."""
        earlier = self.earlier(day)
        return frozenset(
            name
            for name, known in self.dimensions.items()
            if name != _NEVER_RESTLESS and known.restless(day, earlier)
        )

    def familiar(self, traits: Traits, restless: frozenset[str]) -> str | None:
        """Say why nothing is new; ``None`` if something is, or nothing can be said.

        Args:
            traits: what an alert shows.
            restless: dimensions that are not compared.
        """
        shown = traits.shown
        compared = [name for name in DIMENSIONS if shown[name] and name not in restless]
        if not compared or any(not shown[n] <= self.dimensions[n].known for n in compared):
            return None
        if "targets" in compared and traits.unnamed > self.unnamed:
            return None
        told = [f"known {', '.join(compared)}"]
        if changing := sorted(restless):
            told.append(f"{', '.join(changing)} change all the time")
        return "; ".join(told)


class Habits:
    """Sorts the alerts of one run.

    Args:
        db: holds the tables of :class:`rekey.baselines.Baselines`, opened.
        extents: when the logs of each source begin and end.
        keep: whether a state file will be written.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        extents: Mapping[str, tuple[datetime, datetime]],
        *,
        keep: bool,
    ) -> None:
        self._db = db
        self._extents = extents
        self._keep = keep
        self._records: dict[tuple[str, str], _Record] = {}

    def sort(self, found: Sequence[Found]) -> tuple[list[Alert], list[Habit]]:
        """Tell alerts, in the order given, from habits."""
        groups: dict[tuple[str, str], list[Found]] = {}
        for one in sorted(found, key=lambda one: (one.alert.first, one.alert.id)):
            if one.identity and one.alert.rule.level != "critical":
                groups.setdefault((one.alert.rule.id, one.identity), []).append(one)
        self._recall(groups)
        habits = [habit for key, own in groups.items() for habit in self._habits(key, own)]
        folded = {id(one.alert) for _, own in habits for one in own}
        if self._keep:
            remember(self._db, _sightings(groups))
        return [one.alert for one in found if id(one.alert) not in folded], [h for h, _ in habits]

    def _habits(
        self, key: tuple[str, str], group: Sequence[Found]
    ) -> Iterator[tuple[Habit, list[Found]]]:
        record = self._records.setdefault(key, _Record())
        learned = bool(record.days)
        folded: list[Found] = []
        lessons: list[Found] = []
        because = ""
        for one in group:
            day, traits = one.alert.first.date(), traits_of(one)
            why = record.familiar(traits, record.restless(day))
            earlier = record.earlier(day)
            pointer = one.alert.rule.level in POINTERS
            if why and (earlier >= EARLIER or (pointer and (lessons or earlier))):
                folded.append(one)
                because = why
            else:
                lessons.append(one)
            record.add(traits, days_of(one.alert))
        if folded:
            begins = not learned and self._from_the_beginning(lessons[0].alert)
            known = folded[0].alert.first
            taught = [one for one in lessons if one.alert.first <= known]
            folded += _in_hindsight(taught, record.restless(known.date()), first_too=begins)
            folded.sort(key=lambda one: (one.alert.first, one.alert.id))
            yield _habit([one.alert for one in folded], record, because), folded

    def _from_the_beginning(self, alert: Alert) -> bool:
        extents = [self._extents[source] for source in alert.sources if source in self._extents]
        return (
            alert.rule.level in ("informational", "low", "medium")
            and bool(extents)
            and all(
                last - first >= WATCHED and alert.first - first <= SETTLING
                for first, last in extents
            )
        )

    def _recall(self, groups: Mapping[tuple[str, str], list[Found]]) -> None:
        """Take over what the state file says of the days before: a second look knows no more."""
        begins = {
            of: min(day for one in own for day in days_of(one.alert)) for of, own in groups.items()
        }
        for rule, identity, day, values in recall(self._db):
            begin = begins.get((rule, identity))
            if begin and begin - timedelta(days=KEPT_DAYS) <= day < begin:
                record = self._records.setdefault((rule, identity), _Record())
                record.add(read_back(values), [day])


def _in_hindsight(
    lessons: Sequence[Found], restless: frozenset[str], *, first_too: bool
) -> Iterator[Found]:
    """Of the alerts that taught a habit, give those after the first that brought no news.

    The first, too, where it began with the logs, which then show no time without it.
    """
    before = _Record()
    for place, one in enumerate(lessons):
        traits = traits_of(one)
        if first_too if place == 0 else before.familiar(traits, restless):
            yield one
        before.add(traits, days_of(one.alert))


def _sightings(groups: Mapping[tuple[str, str], list[Found]]) -> Iterator[Sighting]:
    for (rule, identity), own in groups.items():
        for one in own:
            values, moment = list(written(one)), one.alert.first.replace(tzinfo=None)
            for day in days_of(one.alert):
                yield from (Sighting(rule, identity, value, day, moment) for value in values)


def _habit(folded: Sequence[Alert], record: _Record, because: str) -> Habit:
    return Habit(
        alert=folded[-1],
        alerts=len(folded),
        events=sum(alert.count for alert in folded),
        since=min(record.days),
        days=len(record.days),
        because=because,
    )
