"""Commands that bring several searches together: append, multisearch, union."""

from tests.spl.pipeline import stages, subsearches
from tests.spl.refusal import Refused
from tests.spl.search import Search, newest_first
from tests.spl.values import Row

_STREAMING = {"search", "eval", "where", "rename", "fields", "rex", "fillnull", "lookup"}
"""Commands that work on each event by itself,
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Commandsbytype."""
_APPEND_LIMIT = 50_000


def multisearch(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Multisearch.

    Two or more searches of streaming commands, run at the same time.
    """
    parts = subsearches(arguments)
    if len(parts) < 2 or rows:
        raise Refused("multisearch needs two searches and begins a search")
    for part in parts:
        if other := {stage.command for stage in stages(part)} - _STREAMING:
            raise Refused(f"multisearch over {sorted(other)}, which do not stream")
    return _together(parts, search)


def union(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Union.

    Over streaming searches it is multisearch.
    """
    return multisearch(arguments, rows, search)


def append(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Append.

    The subsearch's rows come last; by default at most 50,000 of them.
    """
    parts = subsearches(arguments)
    if len(parts) != 1:
        raise Refused("append takes one subsearch")
    added = search.run_expanded(parts[0])
    if len(added) > _APPEND_LIMIT:
        raise Refused("append of more rows than it takes")
    return rows + added


def _together(parts: list[str], search: Search) -> list[Row]:
    found = [row for part in parts for row in search.run_expanded(part)]
    return newest_first(found, search.reading)
