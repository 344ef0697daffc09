"""First seen and dormant: events beside what was learned before, in KV store collections.

A *sighting* is one identity (the group keys) with one value on one day (UTC): its first and last time
and its number of events. Three searches share the same judgement of sightings:

- the *detector* looks at events that were just indexed, reads what is known and writes nothing;
- the *learner* looks at the same events some minutes later and writes them down: so a detector that
  is run again swallows nothing;
- *seeding* judges the whole history at once, with nothing known, and writes what is known at its end.

``rekey_<rule>_identities`` holds one row for each identity: since when it is known (``born``), its
latest day, and its events on that day and on the days before. ``rekey_<rule>_values`` holds one row for
each identity and value: its latest sighting and the one before that.

Sources:
    KV store lookups, https://help.splunk.com/en/splunk-enterprise/manage-knowledge-objects/knowledge-management-manual/9.4/use-the-configuration-files-to-configure-lookups/configure-kv-store-lookups
    outputlookup (append, key_field), https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Outputlookup
    lookup, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Lookup
"""

from typing import Final

from rekey.converters.rule import Dormant, FirstSeen, Rule, seconds
from rekey.converters.splunk.keys import VALUE, Keys
from rekey.converters.splunk.quoting import slug

KEPT_DAYS: Final = 90
"""What was not seen for so long is forgotten."""

IDENTITY_FIELDS: Final = ("born", "day", "events", "before", "last", "longest")
VALUE_FIELDS: Final = ("day", "first", "last", "is_new", "last_before", "was_new")


def identities(rule: Rule) -> str:
    """Name the collection, and the lookup, of a rule's identities."""
    return f"rekey_{slug(rule.path)}_identities"


def values(rule: Rule) -> str:
    """Name the collection, and the lookup, of a rule's values."""
    return f"rekey_{slug(rule.path)}_values"


def known(rule: Rule) -> list[str]:
    """Read what was learned about the sightings at hand."""
    lines = [_lookup(identities(rule), "rekey_identity", IDENTITY_FIELDS, "known")]
    if rule.directives.first_seen:
        lines.append(_lookup(values(rule), "rekey_sighting", VALUE_FIELDS, "seen"))
    return lines


def unknown(rule: Rule) -> list[str]:
    """Begin with nothing known."""
    names = [f"known_{name}" for name in IDENTITY_FIELDS]
    if rule.directives.first_seen:
        names += [f"seen_{name}" for name in VALUE_FIELDS]
    return ["| eval " + ", ".join(f"rekey_{name}=null()" for name in names)]


def _lookup(table: str, key: str, fields: tuple[str, ...], prefix: str) -> str:
    outputs = ", ".join(f"{name} AS rekey_{prefix}_{name}" for name in fields)
    return f"| lookup {table} _key AS {key} OUTPUT {outputs}"


def sightings(rule: Rule) -> list[str]:
    """Fold keyed events into sightings, one row for each identity, value and day."""
    keys = Keys(rule)
    first_seen = rule.directives.first_seen is not None
    by = f"{keys.by} {VALUE}" if first_seen else keys.by
    kept = " ".join(f"values(rekey_{entity}) as rekey_{entity}" for entity in keys.entities)
    identity = _hash(keys.names)
    named = f"rekey_identity={identity}"
    if first_seen:
        named += f", rekey_sighting={_hash((*keys.names, VALUE))}"
    return [
        "| eval rekey_day=floor(_time/86400)",
        (
            "| stats count as rekey_count min(_time) as rekey_first max(_time) as rekey_last"
            f" {kept} by {by} rekey_day"
        ),
        f"| eval {named}",
    ]


def _hash(names: tuple[str, ...]) -> str:
    """One key of several fields; the length before each keeps ("ab", "c") and ("a", "bc") apart."""
    return "sha256(" + ' . "," . '.join(f'len({name}) . ":" . {name}' for name in names) + ")"


def judged(rule: Rule) -> list[str]:
    """Decide for each sighting whether it fires (``rekey_fires``), beside what is known."""
    if rule.directives.first_seen:
        return _first_seen(rule.directives.first_seen, Keys(rule))
    if rule.directives.dormant:
        return _dormant(rule.directives.dormant)
    raise ValueError(f"{rule.path} has no baseline")


def _first_seen(gate: FirstSeen, keys: Keys) -> list[str]:
    """A sighting is new when its identity is mature and the value was not seen within the history.

    Events of an identity count from the next day on. A sighting fires when it is new, or when the only
    one within the history before was new itself: so that one burst does not teach the baseline. It
    fires once: what the learner has written down for this day is known.
    """
    identity, history = "rekey_identity", seconds(gate.history)
    same = "rekey_sighting"
    return [
        "| sort 0 rekey_first",
        f"| eventstats min(rekey_first) as rekey_born by {identity}",
        f"| eventstats sum(rekey_count) as rekey_today by {identity} rekey_day",
        *_days_before(),
        f"| streamstats current=false global=false window=1 max(rekey_last) as rekey_previous by {same}",
        (
            "| eval rekey_born=min(rekey_born, coalesce(rekey_known_born, rekey_born)),"
            " rekey_previous=coalesce(rekey_previous,"
            " if(rekey_seen_day<rekey_day, rekey_seen_last, rekey_seen_last_before)),"
            " rekey_age=rekey_first-rekey_born, rekey_silence=rekey_first-rekey_previous"
        ),
        (
            f"| eval rekey_is_new=if(rekey_age>={seconds(gate.maturity)} AND rekey_before>={gate.min_events}"
            f" AND coalesce(rekey_silence, {history}+1)>{history}, 1, 0)"
        ),
        f"| streamstats current=false global=false window=1 max(rekey_is_new) as rekey_was_new by {same}",
        (
            "| eval rekey_was_new=coalesce(rekey_was_new,"
            " if(rekey_seen_day<rekey_day, rekey_seen_is_new, rekey_seen_was_new), 0)"
        ),
        (
            f"| eval rekey_fires=if((rekey_is_new=1 OR (rekey_was_new=1 AND rekey_silence<={history}))"
            " AND coalesce(rekey_seen_day, -1)<rekey_day, 1, 0)"
        ),
    ]


def _days_before() -> list[str]:
    """Count the events of an identity on earlier days, known and at hand."""
    return [
        "| streamstats sum(rekey_count) as rekey_running by rekey_identity",
        "| eventstats max(rekey_running) as rekey_running by rekey_identity rekey_day",
        (
            "| eval rekey_before=rekey_running-rekey_today+case(isnull(rekey_known_day), 0,"
            " rekey_known_day<rekey_day, rekey_known_before+rekey_known_events,"
            " true(), rekey_known_before)"
        ),
    ]


def _dormant(gate: Dormant) -> list[str]:
    """The first sighting after a silence longer than the gap, and out of character."""
    return [
        "| sort 0 rekey_first",
        (
            "| streamstats current=false global=false window=1 max(rekey_last) as rekey_previous"
            " by rekey_identity"
        ),
        (
            "| eval rekey_previous=coalesce(rekey_previous,"
            " if(rekey_known_day<rekey_day, rekey_known_last, null())),"
            " rekey_silence=rekey_first-rekey_previous"
        ),
        "| streamstats current=false max(rekey_silence) as rekey_longest by rekey_identity",
        "| eval rekey_longest=max(coalesce(rekey_longest, 0), coalesce(rekey_known_longest, 0))",
        (
            f"| eval rekey_fires=if(rekey_silence>{seconds(gate.gap)}"
            f" AND rekey_silence>{gate.factor}*rekey_longest, 1, 0)"
        ),
    ]


def written(rule: Rule, *, afresh: bool) -> list[str]:
    """Write judged sightings into the collections.

    Args:
        rule: the rule.
        afresh: replace what is there (seeding) instead of adding to it.
    """
    how = "" if afresh else "append=true "
    lines = _identity_row()
    if rule.directives.first_seen:
        lines += [
            *_value_row(),
            f"| outputlookup {how}key_field=rekey_sighting {values(rule)}",
            "| eval day=rekey_latest, last=rekey_until",
        ]
    else:
        lines.append("| eval day=rekey_latest, last=rekey_until")
    return [
        *lines,
        "| sort 0 rekey_identity",
        "| dedup rekey_identity",
        f"| outputlookup {how}key_field=rekey_identity {identities(rule)}",
    ]


def _identity_row() -> list[str]:
    """Sum up each identity: known and at hand, its latest day apart from the days before."""
    return [
        (
            "| eventstats min(rekey_first) as rekey_since max(rekey_day) as rekey_latest"
            " max(rekey_last) as rekey_until max(rekey_silence) as rekey_widest by rekey_identity"
        ),
        (
            "| eval rekey_latest=max(rekey_latest, coalesce(rekey_known_day, rekey_latest)),"
            " rekey_until=max(rekey_until, coalesce(rekey_known_last, rekey_until)),"
            " born=min(rekey_since, coalesce(rekey_known_born, rekey_since)),"
            " longest=max(coalesce(rekey_widest, 0), coalesce(rekey_known_longest, 0)),"
            " rekey_on_latest=if(rekey_day=rekey_latest, rekey_count, 0)"
        ),
        (
            "| eventstats sum(rekey_count) as rekey_total sum(rekey_on_latest) as rekey_on_latest"
            " by rekey_identity"
        ),
        (
            "| eval events=rekey_on_latest+if(rekey_known_day=rekey_latest, rekey_known_events, 0),"
            " before=rekey_total-rekey_on_latest+case(isnull(rekey_known_day), 0,"
            " rekey_known_day<rekey_latest, rekey_known_before+rekey_known_events,"
            " true(), rekey_known_before)"
        ),
    ]


def _value_row() -> list[str]:
    """Keep the latest sighting of each value; one of a day that is known keeps its judgement."""
    known_day = "rekey_seen_day=rekey_day"
    late = "rekey_seen_day>rekey_day"
    return [
        "| sort 0 - rekey_first",
        "| dedup rekey_sighting",
        (
            f"| eval day=if({late}, rekey_seen_day, rekey_day),"
            f" first=case({late}, rekey_seen_first, {known_day}, min(rekey_seen_first, rekey_first),"
            " true(), rekey_first),"
            f" last=case({late}, rekey_seen_last, {known_day}, max(rekey_seen_last, rekey_last),"
            " true(), rekey_last),"
            f" is_new=if({late} OR {known_day}, rekey_seen_is_new, rekey_is_new),"
            f" last_before=if({late} OR {known_day}, rekey_seen_last_before, rekey_previous),"
            f" was_new=if({late} OR {known_day}, rekey_seen_was_new, rekey_was_new)"
        ),
    ]


def pruned(table: str) -> list[str]:
    """Forget what was not seen for long."""
    return [
        f"| inputlookup {table}",
        f'| where last>=relative_time(now(), "-{KEPT_DAYS}d@d")',
        "| eval rekey_key=_key",
        f"| outputlookup key_field=rekey_key {table}",
    ]
