"""Which declared difference accounts for which other verdict.

The compiler says for each rule where it differs from the rule's meaning. That alone excuses nothing:
the fixture has to hold what the difference is about.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rekey.converters.registry import LogSourceFields
from tests.elastic.build import Declared
from tests.elastic.integration import event_time
from tests.elastic.pipelines.aws import java_text
from tests.engines.verdicts import Said


@dataclass(frozen=True)
class Case:
    """One fixture with another verdict than the embedded engine's.

    Attributes:
        more: the engine fires where it should not, or may; else it stays quiet, or may.
        fires_exactly: says whether the rule fires over windows of exactly its timespan.
        fires_once: says whether it fires, at any phase, where no record was delivered twice.
    """

    records: Sequence[Mapping[str, Any]]
    source: LogSourceFields
    more: bool
    look_back: timedelta
    fires_exactly: Callable[[], bool]
    fires_once: Callable[[], bool]

    @property
    def times(self) -> list[datetime]:
        """When the records happened, in order."""
        return sorted(event_time(record, self.source) for record in self.records)


def _coarse_window(case: Case, detail: str) -> bool:
    return case.more and not case.fires_exactly()


def _not_searchable(case: Case, detail: str) -> bool:
    field = detail.split(":")[0]
    if field not in case.source.fields:
        return False
    path = case.source.path(field)
    return any(_holds(record, path) for record in case.records)


def _short_memory(case: Case, detail: str) -> bool:
    return case.times[-1] - case.times[0] > case.look_back


def _equal_times(case: Case, detail: str) -> bool:
    return not case.more and len(set(case.times)) < len(case.times)


def _delivered_twice(case: Case, detail: str) -> bool:
    return case.more and not case.fires_once()


def _too_long(case: Case, detail: str) -> bool:
    """Look for a value, or an object as its text, that is as long as that."""
    found = re.fullmatch(r"(.+): more than ([\d,]+) characters", detail)
    assert found, detail
    name, limit = found[1], int(found[2].replace(",", ""))
    path = case.source.path(name) if name in case.source.fields else (name,)
    values = (value for record in case.records for value in _values(record, path))
    return any(len(java_text(value)) > limit for value in values)


def _text_of_object(case: Case, detail: str) -> bool:
    """Look for an object in whose text the key stands more often than the field itself."""
    [raw] = [name for name, field in case.source.fields.items() if field.elastic == detail]
    top, *_, last = case.source.path(raw)
    key = re.compile(rf"[{{ ]{re.escape(last.removesuffix('[]'))}=")
    for record in case.records:
        own = len([*_values(record, case.source.path(raw))])
        if len(key.findall(java_text(record.get(top, {})))) > own:
            return True
    return False


def _only_more(case: Case, detail: str) -> bool:
    return case.more


def _only_fewer(case: Case, detail: str) -> bool:
    return not case.more


ACCOUNTS: Final[Mapping[str, Callable[[Case, str], bool]]] = {
    "coarse_window": _coarse_window,
    "not_searchable": _not_searchable,
    "short_memory": _short_memory,
    "equal_times": _equal_times,
    "delivered_twice": _delivered_twice,
    "text_of_object": _text_of_object,
    "too_long": _too_long,
    "analysed_text": _only_more,
    "case": _only_fewer,
}
"""Kind of difference → whether it accounts for a case. Kinds that change no verdict are left out."""


def accounting(
    declared: Sequence[Declared], embedded: Said, here: Said, case: Callable[[bool], Case]
) -> tuple[str, ...]:
    """Give the declared kinds that account for another verdict; none for an equal one.

    Args:
        declared: what the compiler declares for the rule.
        embedded: the embedded engine's verdict.
        here: this engine's.
        case: makes the case, given whether there is an alert too many.
    """
    if embedded == here:
        return ()
    made = case(embedded == "quiet")
    found = {d.kind for d in declared if d.kind in ACCOUNTS and ACCOUNTS[d.kind](made, d.detail)}
    return tuple(sorted(found))


def _holds(record: Any, path: Sequence[str]) -> bool:
    return any(value not in (None, "", [], {}) for value in _values(record, path))


def _values(node: Any, path: Sequence[str]) -> Iterator[Any]:
    if not path:
        yield node
        return
    key, rest = path[0].removesuffix("[]"), path[1:]
    if not isinstance(node, Mapping) or key not in node:
        return
    below = node[key]
    for item in below if isinstance(below, list) else [below]:
        yield from _values(item, rest)
