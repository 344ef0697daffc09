"""Writing judged sightings into the collections, and forgetting what was not seen for long.

Sources:
    outputlookup (key_field appends unless told otherwise; append=false with key_field empties the
    collection before the search runs; without results override_if_empty=false leaves it as it is),
    https://help.splunk.com/en/splunk-enterprise/spl-search-reference/10.0/search-commands/outputlookup
    Delete data in a KV Store collection (keep a subset: inputlookup, where, outputlookup append=F),
    https://help.splunk.com/splunk-enterprise-security-8/troubleshoot/8.2/troubleshooting/troubleshooting-performance-due-to-large-kv-stores/delete-data-in-a-kv-store-collection
    limits.conf, [kvstore] max_rows_per_query and max_size_per_result_mb,
    https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Limitsconf
"""

from typing import Final

from rekey.converters.rule import Rule
from rekey.converters.splunk.baseline import (
    IDENTITY,
    INDEXED,
    KNOWN,
    SEEN,
    SIGHTING,
    identities,
    values,
)
from rekey.converters.splunk.verdicts import kept

FORGOTTEN_DAYS: Final = 90
"""What was not seen for so long is forgotten."""
MOST_ROWS: Final = 25_000
"""A collection with more rows is not pruned: a query gives 50,000 rows or 50 MB at most, and the rest
would be lost. The second limit is not reached before rows have 2,000 bytes on average."""


def written(rule: Rule, *, afresh: bool) -> list[str]:
    """Write judged sightings into the collections.

    Args:
        rule: the rule.
        afresh: replace what is there (seeding) instead of adding to it.
    """
    how = "append=false" if afresh else "append=true"
    if rule.directives.first_seen:
        return [
            *_summed(),
            *_latest(SEEN, SIGHTING, afresh=afresh),
            _value_row(),
            f"| outputlookup {how} key_field={SIGHTING} {values(rule)}",
            f"| dedup {IDENTITY}",
            _identity_row(),
            f"| outputlookup {how} key_field={IDENTITY} {identities(rule)}",
        ]
    return [
        *_summed(),
        *_latest(KNOWN, IDENTITY, afresh=afresh),
        _identity_row(),
        _dormant_row(),
        f"| outputlookup {how} key_field={IDENTITY} {identities(rule)}",
    ]


def _summed() -> list[str]:
    """Sum up each identity as the rows go by, so that its last one knows all; number the rows."""
    return [
        "| streamstats count as rekey_nth",
        (
            f"| streamstats max(rekey_last) as rekey_until max({INDEXED}) as rekey_upto"
            " sum(rekey_fresh) as rekey_total max(rekey_silence) as rekey_widest"
            f" by {IDENTITY}"
        ),
    ]


def _latest(prefix: str, key: str, *, afresh: bool) -> list[str]:
    """Keep the latest row of each key, with what was decided of the days before."""
    return [
        "| sort 0 - rekey_nth",
        f"| streamstats max(rekey_day) as rekey_latest by {key}",
        f"| eval rekey_latest=max(rekey_latest, coalesce({prefix}_day, rekey_latest))",
        *kept(prefix, key, "rekey_latest", afresh=afresh),
        f"| dedup {key}",
    ]


def _value_row() -> str:
    """Write down the latest sighting of a value; one of a day that is known keeps its judgement."""
    late, today = f"{SEEN}_day>rekey_day", f"{SEEN}_day=rekey_day"
    return (
        f"| eval day=rekey_latest, first=if({late}, {SEEN}_first, rekey_began),"
        f" last=case({late}, {SEEN}_last, {today}, max({SEEN}_last, rekey_last), true(), rekey_last),"
        f" is_new=if({late}, {SEEN}_is_new, rekey_is_new),"
        f" last_before=if({late} OR {today}, {SEEN}_last_before, rekey_previous),"
        f" was_new=if({late} OR {today}, {SEEN}_was_new, rekey_was_new)"
    )


def _identity_row() -> str:
    """Bring known and at hand together; the latest day stands apart from the days before."""
    on_day = "rekey_total-rekey_earlier"
    return (
        f"| eval day=max(rekey_day, coalesce({KNOWN}_day, rekey_day)), born=rekey_born,"
        f" last=max(rekey_until, coalesce({KNOWN}_last, rekey_until)),"
        f" upto=max(rekey_upto, coalesce({KNOWN}_upto, rekey_upto)),"
        f" longest=max(coalesce(rekey_widest, 0), coalesce({KNOWN}_longest, 0)),"
        f" events=case(isnull({KNOWN}_day) OR {KNOWN}_day<rekey_day, {on_day},"
        f" {KNOWN}_day=rekey_day, {KNOWN}_events+{on_day}, true(), {KNOWN}_events),"
        f" before=case(isnull({KNOWN}_day), rekey_earlier,"
        f" {KNOWN}_day<rekey_day, {KNOWN}_before+{KNOWN}_events+rekey_earlier,"
        f" {KNOWN}_day=rekey_day, {KNOWN}_before+rekey_earlier, true(), {KNOWN}_before+rekey_total)"
    )


def _dormant_row() -> str:
    late, today = f"{KNOWN}_day>rekey_day", f"{KNOWN}_day=rekey_day"
    return (
        f"| eval first=if({late}, {KNOWN}_first, rekey_began),"
        f" last_before=if({late} OR {today}, {KNOWN}_last_before, rekey_previous)"
    )


def pruned(table: str) -> list[str]:
    """Forget what was not seen for long, unless the table may not be read whole.

    Rows that were read go back under the key that they had.
    """
    return [
        f"| inputlookup {table}",
        "| eventstats count as rekey_rows",
        (f'| where rekey_rows<{MOST_ROWS} AND last>=relative_time(now(), "-{FORGOTTEN_DAYS}d@d")'),
        f"| outputlookup append=false override_if_empty=false {table}",
    ]
