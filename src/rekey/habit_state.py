"""What the state file holds of habits: rows of the baselines' table, under a name of their own."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import duckdb

_PREFIX: Final = "habit:"
"""Stands before a rule's id, so that no baseline of the rule takes a habit for its own."""

KEPT_DAYS: Final = 365
"""What recurs once a year is the rarest habit that is worth knowing."""


class Sighting(NamedTuple):
    """One value of an alert on one day."""

    rule: str
    identity: str
    value: str
    day: date
    moment: datetime
    """In UTC, without saying so."""


def recall(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str, date, list[str]]]:
    """Give rule id, identity, day and values, in order of the day, as an earlier run left them."""
    return db.execute(
        f"""SELECT rule_id[{len(_PREFIX) + 1}:], identity[1], day, list(value ORDER BY value)
        FROM learned_before WHERE starts_with(rule_id, '{_PREFIX}')
        GROUP BY rule_id, identity, day ORDER BY day"""
    ).fetchall()


def remember(db: duckdb.DuckDBPyConnection, sightings: Iterable[Sighting]) -> None:
    """Add sightings to what the state file will hold; a value of a day is remembered once.

    What lies more than :data:`KEPT_DAYS` before the newest sighting is forgotten.
    """
    rows = [(_PREFIX + s.rule, [s.identity], s.value, s.day, s.moment) for s in sightings]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    db.execute(
        """CREATE OR REPLACE TEMP TABLE habits_now AS
        SELECT unnest(?::VARCHAR[]) AS rule_id, unnest(?::VARCHAR[][]) AS identity,
               unnest(?::VARCHAR[]) AS value, unnest(?::DATE[]) AS day,
               unnest(?::TIMESTAMP[]) AS moment""",
        columns,
    )
    db.execute(
        f"""INSERT INTO learned_now
        SELECT rule_id, identity, value, day, min(first), max(last), 1
        FROM (SELECT rule_id, identity, value, day, moment AS first, moment AS last FROM habits_now
              UNION ALL SELECT rule_id, identity, value, day, first, last FROM learned_before
              WHERE starts_with(rule_id, '{_PREFIX}'))
        GROUP BY rule_id, identity, value, day"""
    )
    # A clock that runs ahead must not make all that is genuine old.
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for table in ("learned_now", "learned_before"):
        db.execute(
            f"""DELETE FROM {table} WHERE starts_with(rule_id, '{_PREFIX}') AND day <
            (SELECT max(day) FROM learned_now
             WHERE starts_with(rule_id, '{_PREFIX}') AND day <= $1) - {KEPT_DAYS}""",
            [tomorrow],
        )
