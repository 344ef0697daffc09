"""Alerts that Splunk has triggered and still keeps.

Any saved search whose alerts are tracked has them there, with Enterprise Security or without. What an
alert is about stands in the results of its search job; a job that is gone leaves its alerts bare.

Sources:
    alerts/fired_alerts and search/v2/jobs/<id>/results,
    https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTREF/RESTsearch
    alert.track, alert.expires, https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from rekey.raised import Raised
from rekey.sources.live import LiveError, Span
from rekey.sources.splunk_client import entries, fetched

if TYPE_CHECKING:
    from splunklib.client import Service

_ROWS: Final = 2000
"""Results of one job that are looked at."""


def splunk_alerts(service: "Service", span: Span) -> Iterator[Raised]:
    """Yield the alerts of a time, one for each result of the job that triggered them.

    Raises:
        LiveError: not all could be read.
    """
    for sid, (search, time) in _triggered(service, span).items():
        for number, row in enumerate(_results(service, sid)):
            yield Raised(
                siem="splunk", id=f"{sid}#{number}", rule=str(row.get("rekey_rule") or search),
                rule_id=None, time=time, values=frozenset(_texts(row)),
            )  # fmt: skip


def _triggered(service: "Service", span: Span) -> dict[str, tuple[str, datetime]]:
    """Give id of the job → saved search and time; results of one job trigger an alert each."""
    found: dict[str, tuple[str, datetime]] = {}
    try:
        for about in (entries(service, "alerts/fired_alerts/-") or {}).values():
            time = datetime.fromtimestamp(float(about["trigger_time"]), UTC)
            if span.begin <= time <= span.end:
                found[str(about["sid"])] = str(about.get("savedsearch_name") or "a search"), time
    except (KeyError, TypeError, ValueError) as error:
        raise LiveError("Splunk's list of triggered alerts lacks job or time of one") from error
    return found


def _results(service: "Service", sid: str) -> list[dict[str, Any]]:
    """Give a job's results; none if it is gone, or has none."""
    answer = fetched(service, f"search/v2/jobs/{quote(sid, safe='')}/results", count=_ROWS)
    return list((answer or {}).get("results", ()))


def _texts(row: dict[str, Any]) -> Iterator[str]:
    """Give all values; of a field with several each."""
    for value in row.values():
        yield from (str(one) for one in (value if isinstance(value, list) else [value]))
