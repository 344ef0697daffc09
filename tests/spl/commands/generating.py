"""Commands that make rows or say something of the search: makeresults, addinfo."""

import math

from tests.spl.commands.options import options_of
from tests.spl.parser import parse
from tests.spl.search import Search
from tests.spl.values import Row, Scalar


def makeresults(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Makeresults."""
    count = int(options_of("makeresults", arguments, "count").get("count", "1"))
    return [{"_time": search.now} for _ in range(count)]


def addinfo(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Addinfo.

    A boundary that the search does not have is no number: "info_max_time would be set to +infinity".
    """
    parse("addinfo", arguments)
    for row in rows:
        row["info_min_time"] = _boundary(search.range.earliest)
        row["info_max_time"] = _boundary(search.range.latest)
        row["info_search_time"] = search.now
    return rows


def _boundary(moment: float) -> Scalar:
    if math.isfinite(moment):
        return moment
    return "+Infinity" if moment > 0 else 0
