"""Commands that make rows or say something of the search: makeresults, addinfo."""

from tests.spl.commands.options import options_of
from tests.spl.parser import parse
from tests.spl.search import Search
from tests.spl.values import Row


def makeresults(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Makeresults."""
    count = int(options_of(parse("makeresults", arguments), {"count"}).get("count", "1"))
    return [{"_time": search.now} for _ in range(count)]


def addinfo(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Addinfo."""
    parse("addinfo", arguments)
    for row in rows:
        row["info_min_time"] = search.range.earliest
        row["info_max_time"] = search.range.latest
        row["info_search_time"] = search.now
    return rows
