"""The weeks that are lived through, and what a component is."""

from collections.abc import Callable
from dataclasses import dataclass

from fixtures.scenarios.generator.clock import DAY, Period, moment
from fixtures.scenarios.generator.world import Entry, World

START = moment("2026-10-19T00:00")
"""A Monday."""
DAYS = 28
PERIOD = Period(START, START + DAYS * DAY)
LAST_WEEK = START + (DAYS - 7) * DAY
MONTHS = DAYS / 30.4
"""How many months the weeks are: budgets are per identity and month."""


@dataclass(frozen=True)
class Component:
    """One tool or habit: what it puts on the agenda of its own world, and in whose name."""

    schedule: Callable[[World], None]
    identities: int
    """How many identities of ours act: roles, users, service accounts, entities, bots, people."""

    @property
    def name(self) -> str:
        """Its name: those of its module and its function."""
        return f"{self.schedule.__module__.rpartition('.')[2]}.{self.schedule.__name__}"

    def live(self) -> list[Entry]:
        """Live through the weeks; give what is written down, in the order of time.

        A world of its own makes a component's records independent of all others.
        """
        world = World(f"everyday/{self.name}")
        self.schedule(world)
        world.run()
        return sorted(world.entries, key=lambda entry: entry.time)
