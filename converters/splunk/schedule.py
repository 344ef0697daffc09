"""When searches run, over which time, and what counts as new.

Detections look at what was *indexed* since the last run, whatever time the events themselves bear: so
an event that arrives late is seen once, and not missed (`dispatch.index_earliest`, continuous
scheduling). A window needs the events before as well: its search reaches back by the span, and
reports windows that hold a newly indexed event (see :mod:`rekey.converters.splunk.windows`).

Source: savedsearches.conf, https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf
"""

import hashlib
from typing import Final

from rekey.converters.splunk.search import Role, Search

INTERVAL: Final = 10
"""Minutes between two runs of a detection."""
SINCE: Final = f'relative_time(now(), "-{2 * INTERVAL}m@m")'
"""From when on events count as newly indexed: the expression behind the macro `rekey_since`. A search
that starts late reads the clock late, so it looks back twice; throttling keeps that quiet."""
LATE: Final = 24
"""Hours by which an event may arrive late and still be seen by a rule without a window."""
LATE_FOR_WINDOWS: Final = 1
"""The same in hours for rules with a window, which read everything in between each time."""
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
                made["dispatch.index_earliest"] = f"-{INTERVAL}m@m"
            made["dispatch.index_latest"] = "@m"
            return _cron(_every(offset)) | made
        case Role.LEARN:
            return (
                _cron(_every((offset + LEARN_AFTER) % INTERVAL))
                | _dispatch(0)
                | {
                    "dispatch.index_earliest": f"-{INTERVAL + LEARN_AFTER}m@m",
                    "dispatch.index_latest": f"-{LEARN_AFTER}m@m",
                }
            )
        case Role.PRUNE:
            # Between two runs of the learner, which writes to the same collection.
            minute = (offset + LEARN_AFTER + 3) % INTERVAL + INTERVAL * (_hash(search.rule.id) % 6)
            return _cron(f"{minute} 3 * * *") | _range("-1m", "now")
        case Role.SEED:
            return _range(HISTORY, "now")


def _every(offset: int) -> str:
    return f"{offset}-59/{INTERVAL} * * * *"


def _cron(schedule: str) -> dict[str, str | int]:
    return {"enableSched": 1, "cron_schedule": schedule, "realtime_schedule": 0}


def _dispatch(span: int) -> dict[str, str | int]:
    """Clocks differ: an event may bear a time that is a little ahead."""
    late = LATE_FOR_WINDOWS if span else LATE
    return _range(f"-{-(-span // 60) + late * 60 + INTERVAL}m@m", f"+{INTERVAL}m")


def _range(earliest: str, latest: str) -> dict[str, str | int]:
    return {"dispatch.earliest_time": earliest, "dispatch.latest_time": latest}


def _hash(rule_id: str) -> int:
    """Spread the rules over the minutes, each always at the same one."""
    return int.from_bytes(hashlib.sha256(rule_id.encode()).digest()[:8])
