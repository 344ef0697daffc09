"""What first-seen and dormant rules have learned, kept from run to run in one Parquet file.

A row is a sighting: one rule, one identity, one value, one day, with first and last time and the
number of events. Two more rows for an identity say since when and in how many requests of any kind it was
watched: one of its newest day, one of all before. The file holds names of identities and what they did, never a credential's secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from rekey.converters.duckdb.baseline import activity, watched
from rekey.converters.rule import Rule, seconds
from rekey.state_file import COLUMNS, NAMES, read_state, write_state

KEPT_DAYS: Final = 90
"""Sightings older than this, counted from the newest one of their rule, are forgotten: unless the
rule looks further back, or asks how long an identity slept."""

_SLEEPERS: Final = 200_000
"""Identities of which a rule about sleep keeps the last sighting, however old; the latest ones."""

_ACTIVITY: Final = "activity of "
"""Stands before a rule's id in rows of what its identities did at all."""

_WATCHED: Final = 200_000
"""Such rows that are kept of a rule; sessions that came and went are forgotten first."""


@dataclass
class Baselines:
    """Learned sightings of all rules, within one run's database.

    Args:
        path: the state file; ``None`` learns for this run only.
        remembers: whether anybody asks what was learned, or only what fires.
    """

    path: Path | None = None
    remembers: bool = True
    learning: list[tuple[str, str]] = field(default_factory=list)
    """(rule path, identity) of identities that are not mature at the end of the run."""
    mature: list[tuple[str, str]] = field(default_factory=list)
    """(rule path, identity) of the others: a new value of theirs raises an alert."""
    _ran: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """Id of a rule that ran → days that it keeps, and whether it asks about sleep."""

    def open(self, db: duckdb.DuckDBPyConnection) -> None:
        """Read the state file into the run's database.

        Raises:
            RekeyError: the file exists and is no state file, or a damaged one.
        """
        db.execute(f"CREATE OR REPLACE TABLE learned_before ({COLUMNS})")
        db.execute(f"CREATE OR REPLACE TABLE learned_now ({COLUMNS})")
        if self.path is not None and self.path.exists():
            read_state(db, self.path, "learned_before")

    def load(self, db: duckdb.DuckDBPyConnection, rule: Rule, keys: int) -> None:
        """Fill the table ``learned`` with what is known for a rule; ``keys`` is its key count."""
        names = ", ".join(f"identity[{i + 1}] AS k{i}" for i in range(keys))
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE learned AS
            SELECT {names}, value, day, first, last, n FROM learned_before
            WHERE rule_id = ? AND len(identity) = {keys}""",
            [rule.id],
        )

    def watch(
        self, db: duckdb.DuckDBPyConnection, rule: Rule, keys: int, requests: Sequence[str]
    ) -> None:
        """Fill the tables ``known`` and ``activity`` for a rule that asks who is mature.

        Args:
            db: the run's database, with ``sightings`` of the rule.
            rule: the rule.
            keys: its key count.
            requests: see :func:`rekey.converters.duckdb.baseline.activity`.
        """
        names = tuple(f"k{i}" for i in range(keys))
        chosen = ", ".join(f"identity[{i + 1}] AS {each}" for i, each in enumerate(names))
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE known AS SELECT {chosen}, day, first, last, n
            FROM learned_before WHERE rule_id = ? AND len(identity) = {keys}""",
            [_ACTIVITY + rule.id],
        )
        asked = activity(requests, names)
        if self.path is None:  # nobody else will be asked about
            asked = f"SELECT * FROM ({asked}) SEMI JOIN sightings USING (part, {', '.join(names)})"
        db.execute(f"CREATE OR REPLACE TEMP TABLE activity AS {asked}")

    def remember(self, db: duckdb.DuckDBPyConnection, rule: Rule, keys: int) -> None:
        """Take over the tables ``sightings`` and ``activity`` of the rule that is being evaluated."""
        if not self.remembers:
            return
        names = ", ".join(f"k{i}" for i in range(keys))
        self._ran[rule.id] = (_days(rule), rule.directives.dormant is not None)
        db.execute(
            f"""INSERT INTO learned_now
            SELECT ?, [{names}], value, day, first, last, n FROM sightings WHERE part = 0""",
            [rule.id],
        )
        if rule.directives.first_seen:
            db.execute(
                f"""INSERT INTO learned_now
                SELECT ?, [{names}], '', max(day), min(first), max(last), sum(n)
                FROM (SELECT *, day = max(day) OVER (PARTITION BY {names}) AS newest
                      FROM (SELECT {names}, day, first, last, fresh AS n FROM activity
                            WHERE part = 0 AND fresh > 0
                            UNION ALL SELECT {names}, day, first, last, n FROM known))
                GROUP BY {names}, newest""",
                [_ACTIVITY + rule.id],
            )
            self._note_learning(db, rule, keys)

    def _note_learning(self, db: duckdb.DuckDBPyConnection, rule: Rule, keys: int) -> None:
        gate = rule.directives.first_seen
        if gate is None:
            return
        names = tuple(f"k{i}" for i in range(keys))
        plain = ", ".join(names)
        rows = db.execute(
            f"""SELECT greatest(max(before) , sum(n)) < {gate.min_events}
                OR max(last) - min(born) < to_seconds({seconds(gate.maturity)}), {plain}
            FROM ({watched(names)}) WHERE part = 0 GROUP BY part, {plain} ORDER BY ALL"""
        ).fetchall()
        for is_learning, *row in rows:
            (self.learning if is_learning else self.mature).append((rule.path, " / ".join(row)))

    def save(self, db: duckdb.DuckDBPyConnection) -> None:
        """Write the state file, whole or not at all; rules that did not run keep what they had."""
        if self.path is None:
            return
        # A clock that runs ahead must not make all that is genuine old.
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE kept AS SELECT before || id AS rule_id, days, sleep
            FROM (SELECT unnest($1::VARCHAR[]) AS id, unnest($2::INT[]) AS days,
                         unnest($3::BOOLEAN[]) AS sleep),
                 (SELECT unnest(['', '{_ACTIVITY}']) AS before)""",
            [
                list(self._ran),
                [days for days, _ in self._ran.values()],
                [sleep for _, sleep in self._ran.values()],
            ],
        )
        write_state(
            db,
            f"""SELECT {NAMES} FROM (
                    SELECT *, last = max(last) OVER (PARTITION BY rule_id, identity) AS latest,
                           coalesce(max(day) FILTER (WHERE day <= DATE '{tomorrow}')
                                    OVER (PARTITION BY rule_id),
                                    max(day) OVER (PARTITION BY rule_id)) AS newest
                    FROM (SELECT * FROM learned_now UNION ALL
                          SELECT * FROM learned_before
                          WHERE rule_id NOT IN (SELECT rule_id FROM learned_now))
                    LEFT JOIN kept USING (rule_id))
                QUALIFY (days IS NULL OR day >= newest - days
                        OR (sleep AND latest AND {_SLEEPERS} >= row_number() OVER
                            (PARTITION BY rule_id ORDER BY latest DESC, last DESC)))
                    AND (NOT starts_with(rule_id, '{_ACTIVITY}') OR {_WATCHED} >= row_number() OVER
                         (PARTITION BY rule_id ORDER BY first::DATE < day DESC, day DESC, n DESC))
                ORDER BY rule_id, identity, value, day""",
            self.path,
        )


def _days(rule: Rule) -> int:
    """Say how many days of sightings a rule needs: what its site has tuned, too."""
    directives = rule.directives
    spans = [directives.first_seen.history] if directives.first_seen else []
    spans += [directives.dormant.gap] if directives.dormant else []
    return max([KEPT_DAYS, *(seconds(span) // 86_400 + 1 for span in spans)])
