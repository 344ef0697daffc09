"""When searches run, over which time, and what counts as new.

Detections look at what was *indexed* since the last run, whatever time the events themselves bear: so
an event that arrives late is seen once, and not missed (`dispatch.index_earliest`, continuous
scheduling). A window needs the events before as well: its search reaches back by the span, and
reports windows that hold a newly indexed event (see :mod:`rekey.converters.splunk.windows`).

Everything is counted from the time for which a run is scheduled, and nothing from the clock: a run that
starts hours late, or is repeated by hand, looks at what it would have looked at in time.

Sources:
    savedsearches.conf (continuous searches fall behind and are not skipped; durable.lag_time: 60 seconds
    are a good delay for what goes by the time of indexing),
    https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf
    limits.conf (indexed_realtime_disk_sync_delay: for a time of no certain length what is indexed
    is not found yet), https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Limitsconf
    addinfo (info_max_time: the end of the search's time range; text where it has none),
    https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Addinfo
"""

import hashlib
from typing import Final

from rekey.converters.splunk.search import Role, Search

INTERVAL: Final = 10
"""Minutes between two runs of a detection."""
SETTLE: Final = 1
"""Minutes that a search leaves an event to become visible after it was indexed."""
OVERLAP: Final = 5
"""Minutes of the run before that a detection looks at again, for events that needed longer; throttling
keeps what was found already quiet."""
LATE: Final = 24
"""Hours by which an event may arrive late and still be seen by a rule without a window."""
LATE_FOR_WINDOWS: Final = 1
"""The same in hours for rules with a window, which read everything in between each time."""
AHEAD: Final = 10
"""Minutes by which the time of an event may be ahead of the clock."""
_SLICE: Final = INTERVAL + OVERLAP + SETTLE
SINCE: Final = (
    f'if(match(info_max_time, "^[0-9.]+$"), info_max_time, now()+{AHEAD * 60})'
    f"-{(AHEAD + _SLICE) * 60}"
)
"""From when on events count as newly indexed: the expression behind the macro `rekey_since`, counted
from the end of the search's time range."""
HISTORY: Final = "-90d@d"
"""What seeding reads."""
LEARN_AFTER: Final = 5
"""Minutes by which the learner follows the detector."""


def settings(search: Search) -> dict[str, str | int]:
    """Give the settings of a saved search that say when it runs, and over what."""
    offset = _hash(search.rule.id) % INTERVAL
    match search.role:
        case Role.DETECT:
            made = _dispatch(search.span)
            if not search.span:
                made["dispatch.index_earliest"] = f"-{_SLICE}m@m"
            made["dispatch.index_latest"] = f"-{SETTLE}m@m"
            return _cron(_every(offset)) | made
        case Role.LEARN:
            return (
                _cron(_every((offset + LEARN_AFTER) % INTERVAL))
                | _dispatch(0)
                | {
                    "dispatch.index_earliest": f"-{INTERVAL + LEARN_AFTER + SETTLE}m@m",
                    "dispatch.index_latest": f"-{LEARN_AFTER + SETTLE}m@m",
                }
            )
        case Role.PRUNE:
            # Between two runs of the learner, which writes to the same collection.
            minute = (offset + LEARN_AFTER + 3) % INTERVAL + INTERVAL * (_hash(search.rule.id) % 6)
            return _cron(f"{minute} 3 * * 0") | _range("-1m", "now")
        case Role.SEED:
            return _range(HISTORY, "now")


def _every(offset: int) -> str:
    return f"{offset}-59/{INTERVAL} * * * *"


def _cron(schedule: str) -> dict[str, str | int]:
    """Run in time or late, but never skip a run, nor look at a part of the events.

    ``defer_scheduled_searchable_idxc``: during a rolling restart of the indexers a continuous search
    "might return partial results", unless it waits.
    """
    return {
        "enableSched": 1,
        "cron_schedule": schedule,
        "realtime_schedule": 0,
        "defer_scheduled_searchable_idxc": 1,
    }


def _dispatch(span: int) -> dict[str, str | int]:
    """Reach back to what arrives late, and forward to clocks that are ahead."""
    late = LATE_FOR_WINDOWS if span else LATE
    return _range(f"-{-(-span // 60) + late * 60 + _SLICE}m@m", f"+{AHEAD}m@m")


def _range(earliest: str, latest: str) -> dict[str, str | int]:
    return {"dispatch.earliest_time": earliest, "dispatch.latest_time": latest}


def _hash(rule_id: str) -> int:
    """Spread the rules over the minutes, each always at the same one."""
    return int.from_bytes(hashlib.sha256(rule_id.encode()).digest()[:8])
