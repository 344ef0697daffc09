"""First seen and dormant: hits beside what was learned before.

A *sighting* is one identity (the group keys) with one value on one day: first and last time, and
the number of events. Sightings of earlier runs come from the saved state, and those of this run
from the hits; both count alike. Values of hits have been through :func:`template`. Days are UTC. The
table ``sightings`` has the columns ``part``, the keys, ``value``, ``day``, ``first``, ``last``, ``n``
and ``live`` (does it hold events of this run?).

Whether an identity is known well enough to be surprised at, all its requests tell, not only the hits: see
:func:`activity`.
"""

from collections.abc import Iterable

from rekey.converters.duckdb.sql import literal
from rekey.converters.rule import Dormant, FirstSeen, seconds

_TEMPLATES = (
    # A secret's ARN ends in six random characters and is the same secret as its plain name.
    (r"^arn:aws[a-z-]*:secretsmanager:[^:]*:[0-9]*:secret:(.+)-[A-Za-z0-9]{6}$", r"\1"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "*"),
    # What a ReplicaSet and its pods append to the name of a Deployment.
    (r"-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$", "-*"),
)
"""Parts of a value that change by themselves and would make every sighting a new one."""


def template(sql: str) -> str:
    """Strip what changes by itself from a value."""
    for pattern, replacement in _TEMPLATES:
        sql = f"regexp_replace({sql}, '{pattern}', '{replacement}', 'g')"
    return sql


def sightings(daily: str, keys: tuple[str, ...]) -> str:
    """Days on which an identity was seen with a value, from this run and from the state.

    Where both know a day, events that the state has counted already are not counted again, so
    that reading the same log twice changes nothing.

    Args:
        daily: see :class:`rekey.converters.duckdb.hits.Hits`.
        keys: names of the key columns.
    """
    names = ", ".join(keys)
    return f"""
        SELECT part, {names}, value, day, min(first) AS first, max(last) AS last,
               CASE WHEN max(last) FILTER (live) <= max(last) FILTER (NOT live)
                    THEN sum(n) FILTER (NOT live) ELSE sum(n) END AS n,
               bool_or(live) AS live, min(first) FILTER (live) AS live_first
        FROM (SELECT part, {names}, coalesce(value, '') AS value, day,
                     min(first) AS first, max(last) AS last, sum(n) AS n, true AS live
              FROM ({daily}) GROUP BY ALL
              UNION ALL BY NAME
              SELECT 0 AS part, {names}, value, day, first, last, n, false AS live FROM learned)
        GROUP BY part, {names}, value, day"""


def activity(requests: Iterable[str], keys: tuple[str, ...]) -> str:
    """Days on which an identity made any request: first and last time, and numbers.

    ``fresh`` are the requests after the last one that the state counts (table ``known``: the keys,
    ``day``, ``first``, ``last`` and ``n``), so that logs may overlap.

    Args:
        requests: queries for ``part``, the keys and ``time`` of all requests.
        keys: names of the key columns.
    """
    names = ", ".join(keys)
    events = " UNION ALL ".join(requests)
    same = " AND ".join(f"e.{key} = k.{key}" for key in keys)
    each = ", ".join(f"e.{key}" for key in keys)
    return f"""
        SELECT e.part, {each}, e.time::DATE AS day, min(e.time) AS first, max(e.time) AS last,
               count(*) AS n, count(*) FILTER (k.last IS NULL OR e.time > k.last) AS fresh
        FROM ({events}) e
        LEFT JOIN (SELECT {names}, max(last) AS last FROM known GROUP BY ALL) k
            ON e.part = 0 AND {same} GROUP BY ALL"""


def first_seen(rule: FirstSeen, keys: tuple[str, ...]) -> str:
    """Firings of a first-seen rule, one for each new value and day.

    A sighting is *new* when its identity is mature (requests count from the next day on, so that
    neither their order nor a run that ended at noon matters) and the value was not seen within
    ``history`` before. It fires when it is new, or when the only sighting within ``history`` before
    was new itself: so that one burst does not teach the baseline what an attacker does.
    """
    names = ", ".join(keys)
    identity = f"PARTITION BY part, {names}"
    value = f"{identity}, value ORDER BY first"
    history = f"to_seconds({seconds(rule.history)})"
    ordinary = ", ".join(map(literal, rule.ordinary))
    may_be_new = f"value NOT IN ({ordinary}) AND " if ordinary else ""
    return f"""
        SELECT part, {names}, value, first AS start, last AS stop, 1 AS reached
        FROM (SELECT *, lag(is_new) OVER ({value}) AS after_new
              FROM (SELECT *,
                           {may_be_new}first - born >= to_seconds({seconds(rule.maturity)})
                               AND before >= {rule.min_events}
                               AND (previous IS NULL OR first - previous > {history}) AS is_new
                    FROM (SELECT *, lag(last) OVER ({value}) AS previous FROM ({watched(keys)}))))
        WHERE live AND first = live_first
          AND (is_new OR (coalesce(after_new, false) AND first - previous <= {history}))"""


def watched(keys: tuple[str, ...]) -> str:
    """Sightings, and how long and how much their identity was watched.

    That is: since when (``born``), and in how many requests on earlier days (``before``), whichever
    says most of the sightings, this run's requests and what the state counts.
    """
    names = ", ".join(keys)
    identity = f"PARTITION BY part, {names}"
    earlier = "ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND to_days(1) PRECEDING"
    same = " AND ".join(f"s.{key} = a.{key}" for key in keys)
    known = " AND ".join(f"s.{key} = k.{key}" for key in keys)
    return f"""
        SELECT s.* EXCLUDE (own_born, own_before), least(own_born, b.born, k.first) AS born,
               greatest(own_before, coalesce(a.upto, 0), coalesce(a.fresh, 0) + CASE
                   WHEN k.day < s.day THEN k.n WHEN k.day = s.day THEN k.n - k.newest ELSE 0 END
               ) AS before
        FROM (SELECT *, min(first) OVER ({identity}) AS own_born,
                     coalesce(sum(n) OVER ({identity} {earlier}), 0) AS own_before
              FROM sightings) s
        ASOF LEFT JOIN (SELECT part, {names}, day, sum(n) OVER ({identity} ORDER BY day) AS upto,
                               sum(fresh) OVER ({identity} ORDER BY day) AS fresh
                        FROM activity) a
            ON s.part = a.part AND {same} AND s.day > a.day
        LEFT JOIN (SELECT part, {names}, min(first) AS born FROM activity GROUP BY ALL) b
            ON s.part = b.part AND {" AND ".join(f"s.{key} = b.{key}" for key in keys)}
        LEFT JOIN (SELECT {names}, min(first) AS first, max(day) AS day, sum(n) AS n,
                          max_by(n, day) AS newest FROM known GROUP BY ALL) k
            ON s.part = 0 AND {known}"""


def dormant(rule: Dormant, keys: tuple[str, ...]) -> str:
    """Firings of a dormant rule: the first sighting after a silence out of character."""
    names = ", ".join(keys)
    identity = f"PARTITION BY part, {names} ORDER BY first"
    return f"""
        SELECT part, {names}, value, first AS start, last AS stop,
               date_sub('day', previous, first) AS reached
        FROM (SELECT *, max(gap) OVER ({identity}
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS longest
              FROM (SELECT *, lag(last) OVER ({identity}) AS previous,
                           first - lag(last) OVER ({identity}) AS gap
                    FROM (SELECT part, {names}, '' AS value, min(first) AS first, max(last) AS last,
                                 bool_or(live) AS live, min(live_first) AS live_first
                          FROM sightings GROUP BY part, {names}, day)))
        WHERE live AND first = live_first AND gap > to_seconds({seconds(rule.gap)})
          AND epoch(gap) > {rule.factor} * coalesce(epoch(longest), 0)"""
