"""The case of the shipped logs, told with the ids and times of the emulator.

AWS gives out the ids of keys itself, and a case whose sessions have expired needs no cut. So a copy
of the case says what it would if the theft had been logged here and now; nothing else is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rekey.case import Case


@dataclass(frozen=True)
class Here:
    """What differs on the emulator.

    Attributes:
        began: when the thief began, and ``ended`` when the last was stolen.
        ids: id in the logs → id here.
        expires: id here → when it expires, for sessions.
    """

    began: datetime
    ended: datetime
    ids: Mapping[str, str]
    expires: Mapping[str, datetime]


def retold(case: Case, here: Here) -> Case:
    """Tell a case again.

    Args:
        case: from the report.
        here: what differs.
    """
    plain = case.model_dump(mode="python")
    last = max(_times(plain), default=case.last)
    pace = (here.ended - here.began) / max((last - case.first).total_seconds(), 1.0)

    def told(value: Any) -> Any:
        if isinstance(value, datetime):
            return here.began + pace * (value - case.first).total_seconds()
        if isinstance(value, str):
            for old, new in here.ids.items():
                value = value.replace(old, new)
            return value
        if isinstance(value, dict):
            return {told(key): told(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return tuple(told(one) for one in value)
        return value

    changed = told(plain)
    for node in changed["credentials"]:
        if expires := here.expires.get(node["credential"]["id"]):
            node |= {"expires_at": expires, "validity": "valid"}
    return Case.model_validate(changed)


def _times(value: Any) -> list[datetime]:
    if isinstance(value, datetime):
        return [value]
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(inner, str | bytes) or not hasattr(inner, "__iter__"):
        return []
    return [time for one in inner for time in _times(one)]
