"""First seen and dormant: events beside what was learned before, in KV store collections.

A *sighting* is one identity (the group keys) with one value on one day (UTC): its first and last time
and its number of events. Three searches share the same judgement of sightings:

- the *detector* looks at events that were just indexed, reads what is known and writes nothing;
- the *learner* looks at the same events some minutes later and writes them down;
- *seeding* judges the whole history at once, with nothing known, and writes what is known at its end.

Nothing orders two searches, and each may be hours late. So what was learned can be read as it was
before any of the last days: what the learner decided on each of them is kept (see
:mod:`rekey.converters.splunk.verdicts`), and a detector that comes later says the same. Throttling
silences what a sighting says again in the course of its day. Events are told from those that were
learned already by the time of indexing up to which an identity is known: so nothing is counted twice.

``rekey_<rule>_identities`` holds one row for each identity: since when it is known (``born``), its
latest day, and its events on that day and on the days before. ``rekey_<rule>_values`` holds one row for
each identity and value: its latest sighting and the one before that.

``eventstats`` is not used where many rows may come together: beyond a limit it leaves its fields out
(limits.conf, max_mem_usage_mb). Rows are in order of time, so that running figures do.

Sources:
    KV store lookups, https://help.splunk.com/en/splunk-enterprise/manage-knowledge-objects/knowledge-management-manual/9.4/use-the-configuration-files-to-configure-lookups/configure-kv-store-lookups
    lookup, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Lookup
    limits.conf, https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Limitsconf
"""

from typing import Final

from rekey.converters.rule import Dormant, FirstSeen, Rule, seconds
from rekey.converters.splunk.keys import VALUE, Keys
from rekey.converters.splunk.quoting import literal, slug
from rekey.converters.splunk.verdicts import VERDICT_FIELDS, said

INDEXED: Final = "rekey_indexed"
MARKS: Final = (f"| eval {INDEXED}=_indextime",)
"""The command that keeps when an event was indexed, while it still has all its fields."""

IDENTITY: Final = "rekey_identity"
SIGHTING: Final = "rekey_sighting"
KNOWN: Final = "rekey_known"
SEEN: Final = "rekey_seen"

_IDENTITY_FIELDS: Final = ("born", "day", "events", "before", "last", "longest", "upto")
_VALUE_FIELDS: Final = (
    "day", "first", "last", "is_new", "last_before", "was_new", *VERDICT_FIELDS,
)  # fmt: skip
_DORMANT_FIELDS: Final = ("first", "last_before", *VERDICT_FIELDS)


def identities(rule: Rule) -> str:
    """Name the collection, and the lookup, of a rule's identities."""
    return f"rekey_{slug(rule.path)}_identities"


def values(rule: Rule) -> str:
    """Name the collection, and the lookup, of a rule's values."""
    return f"rekey_{slug(rule.path)}_values"


def tables(rule: Rule) -> dict[str, tuple[str, ...]]:
    """Give the collections of a rule, each with its numbers."""
    if rule.directives.first_seen:
        return {identities(rule): _IDENTITY_FIELDS, values(rule): _VALUE_FIELDS}
    return {identities(rule): (*_IDENTITY_FIELDS, *_DORMANT_FIELDS)}


def _read(rule: Rule) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Table, key, prefix of what is read, and its fields."""
    places = ((IDENTITY, KNOWN), (SIGHTING, SEEN))
    found = zip(tables(rule).items(), places, strict=False)
    return [(table, key, prefix, fields) for (table, fields), (key, prefix) in found]


def known(rule: Rule) -> list[str]:
    """Read what was learned about the sightings at hand."""
    lines = []
    for table, key, prefix, fields in _read(rule):
        outputs = ", ".join(f"{name} AS {prefix}_{name}" for name in fields)
        lines.append(f"| lookup {table} _key AS {key} OUTPUT {outputs}")
    return lines


def unknown(rule: Rule) -> list[str]:
    """Begin with nothing known."""
    names = [f"{prefix}_{name}" for _, _, prefix, fields in _read(rule) for name in fields]
    return ["| eval " + ", ".join(f"{name}=null()" for name in names)]


def sightings(rule: Rule) -> list[str]:
    """Fold keyed events into sightings, one row for each identity, value and day."""
    keys = Keys(rule)
    first_seen = rule.directives.first_seen is not None
    by = f"{keys.by} {VALUE}" if first_seen else keys.by
    kept = " ".join(f"values(rekey_{entity}) as rekey_{entity}" for entity in keys.entities)
    named = f"{IDENTITY}={_hash(keys.names)}"
    if first_seen:
        named += f", {SIGHTING}={_hash((*keys.names, VALUE))}"
    return [
        "| eval rekey_day=floor(_time/86400)",
        (
            "| stats count as rekey_count min(_time) as rekey_first max(_time) as rekey_last"
            f" max({INDEXED}) as {INDEXED} {kept} by {by} rekey_day"
        ),
        f"| eval {named}",
    ]


def _hash(names: tuple[str, ...]) -> str:
    """One key of several fields; the length before each keeps ("ab", "c") and ("a", "bc") apart."""
    return "sha256(" + ' . "," . '.join(f'len({name}) . ":" . {name}' for name in names) + ")"


def judged(rule: Rule) -> list[str]:
    """Decide for each sighting whether it fires (``rekey_fires``), beside what is known.

    Leaves the rows in order of time, with ``rekey_began``, ``rekey_born``, ``rekey_previous`` (the end
    of the sighting before) and ``rekey_silence``, and the counts of :func:`_days_before`.
    """
    if rule.directives.first_seen:
        return [*_in_order(), *_first_seen(rule.directives.first_seen)]
    if rule.directives.dormant:
        return [*_in_order(), *_dormant(rule.directives.dormant)]
    raise ValueError(f"{rule.path} has no baseline")


def _in_order() -> list[str]:
    """Since when each identity is known, and its events of days before, known and at hand."""
    return [
        "| sort 0 rekey_first",
        f"| streamstats min(rekey_first) as rekey_born by {IDENTITY}",
        (
            f"| eval rekey_born=min(rekey_born, coalesce({KNOWN}_born, rekey_born)),"
            f" rekey_fresh=if({INDEXED}>coalesce({KNOWN}_upto, -1), rekey_count, 0)"
        ),
        f"| streamstats current=false sum(rekey_fresh) as rekey_running by {IDENTITY}",
        "| eval rekey_running=coalesce(rekey_running, 0)",
        f"| streamstats min(rekey_running) as rekey_earlier by {IDENTITY} rekey_day",
    ]


def _first_seen(gate: FirstSeen) -> list[str]:
    """A sighting is new when its identity is mature and the value was not seen within the history.

    Events of an identity count from the next day on. A sighting fires when it is new, or when the only
    one within the history before was new itself: so that one burst does not teach the baseline.
    """
    history = seconds(gate.history)
    today = f"{SEEN}_day=rekey_day"
    ordinary = ", ".join(map(literal, gate.ordinary))
    never = f" in({VALUE}, {ordinary}), 0," if ordinary else ""
    return [
        (
            f"| streamstats current=false global=false window=1 max(rekey_last) as rekey_previous"
            f" by {SIGHTING}"
        ),
        (
            f"| eval rekey_before=rekey_earlier+case(isnull({KNOWN}_day), 0,"
            f" {KNOWN}_day<rekey_day, {KNOWN}_before+{KNOWN}_events, true(), {KNOWN}_before),"
            f" rekey_began=if({today}, min(rekey_first, {SEEN}_first), rekey_first),"
            f" rekey_previous=coalesce(rekey_previous,"
            f" if({SEEN}_day<rekey_day, {SEEN}_last, {SEEN}_last_before)),"
            " rekey_age=rekey_began-rekey_born, rekey_silence=rekey_began-rekey_previous"
        ),
        (
            f"| eval rekey_is_new=case({today}, {SEEN}_is_new,{never} rekey_age>={seconds(gate.maturity)}"
            f" AND rekey_before>={gate.min_events}"
            f" AND coalesce(rekey_silence, {history}+1)>{history}, 1, true(), 0)"
        ),
        f"| streamstats current=false global=false window=1 max(rekey_is_new) as rekey_was_new by {SIGHTING}",
        (
            "| eval rekey_was_new=coalesce(rekey_was_new,"
            f" if({SEEN}_day<rekey_day, {SEEN}_is_new, {SEEN}_was_new), 0)"
        ),
        *said(SEEN, f"if(rekey_is_new=1 OR (rekey_was_new=1 AND rekey_silence<={history}), 1, 0)"),
    ]


def _dormant(gate: Dormant) -> list[str]:
    """The first sighting after a silence longer than the gap, and out of character."""
    today = f"{KNOWN}_day=rekey_day"
    return [
        (
            "| streamstats current=false global=false window=1 max(rekey_last) as rekey_previous"
            f" by {IDENTITY}"
        ),
        (
            f"| eval rekey_began=if({today}, min(rekey_first, {KNOWN}_first), rekey_first),"
            f" rekey_previous=coalesce(rekey_previous, case({KNOWN}_day<rekey_day, {KNOWN}_last,"
            f" {today}, {KNOWN}_last_before)),"
            " rekey_silence=rekey_began-rekey_previous"
        ),
        f"| streamstats current=false max(rekey_silence) as rekey_longest by {IDENTITY}",
        f"| eval rekey_longest=max(coalesce(rekey_longest, 0), coalesce({KNOWN}_longest, 0))",
        *said(
            KNOWN,
            f"if(rekey_silence>{seconds(gate.gap)}"
            f" AND rekey_silence>{gate.factor}*rekey_longest, 1, 0)",
        ),
    ]
