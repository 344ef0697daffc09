"""Raw records for fixtures, made from a sample: other times, fresh ids, one field changed."""

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rekey.converters.registry import LogSourceFields
from rekey.scaffold.fields import get_field, set_field
from rekey.scaffold.sample import Sample

Line = dict[str, Any]
"""A record, or a repeat instruction with one."""


@dataclass
class Acts:
    """Makes the lines of one fixture file."""

    sample: Sample
    source: LogSourceFields
    fixed: dict[str, Any] = field(default_factory=dict)
    """Fields that hold these values in every record."""
    _numbers: Any = field(default_factory=lambda: count(1))

    def at(self, after: timedelta, **changes: Any) -> Line:
        """One record, so long after the sample's own time."""
        return self._record(after, changes)

    def every(self, step: str, times: int, **changes: Any) -> Line:
        """Many records, equally far apart, from the sample's own time."""
        repeat = {"every": step, "times": times, "id": self.source.key[0], "time": self.source.time}
        return {"rekey.repeat": repeat, "record": self._record(timedelta(), changes)}

    def earlier(self, after: timedelta) -> Line:
        """The act that comes before, in a sequence."""
        return self._record(after, self.sample.earlier_act)

    def _record(self, after: timedelta, changes: dict[str, Any]) -> Line:
        made = copy.deepcopy(self.sample.record)
        fresh = str(uuid5(NAMESPACE_URL, f"rekey/fixture/{next(self._numbers)}"))
        set_field(made, self.source.key[0], fresh)
        set_field(made, self.source.time, _later(get_field(made, self.source.time), after))
        for name, value in {**changes, **self.fixed}.items():
            set_field(made, name, value)
        return made


def _later(value: Any, by: timedelta) -> Any:
    """Move a time in its own form: milliseconds since 1970, or ISO 8601 with its fraction."""
    if isinstance(value, int):
        return value + by // timedelta(milliseconds=1)
    return (datetime.fromisoformat(value[:19]) + by).isoformat() + value[19:]
