"""The site's exclusions, each with its end.

An entry of the site file holds for events up to its last day. The end is compiled in, so that a rule
which nobody builds again does not exclude for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from rekey.converters.elastic.condition import Condition, Since, any_of, from_detection, negate
from rekey.converters.rule import BaseRule


@dataclass(frozen=True)
class Exclusion:
    """Events that some rules shall not see, as long as it holds."""

    source: str
    """``<product>_<service>``."""
    rules: frozenset[str] | None
    """Ids of base rules; ``None`` for all."""
    excluded: Condition
    end: str
    """The first moment at which it holds no more, as Elasticsearch writes it."""

    def concerns(self, base: BaseRule) -> bool:
        """Say whether a base rule shall not see these events."""
        return base.source.name == self.source and (self.rules is None or base.id in self.rules)

    def passes(self, base: BaseRule) -> Condition:
        """Give the condition under which an event is seen all the same."""
        return any_of((negate(self.excluded), Since(base.source.time, self.end)))


def read_exclusions(filters: Sequence[Mapping[str, Any]]) -> tuple[Exclusion, ...]:
    """Read the Sigma filters of a site (:func:`rekey.site.sigma_filters`).

    Raises:
        Unsupported: an exclusion uses something outside the portable subset.
    """
    return tuple(_read(document) for document in filters)


def _read(document: Mapping[str, Any]) -> Exclusion:
    body, source = document["filter"], document["logsource"]
    named = body["rules"]
    return Exclusion(
        source=f"{source['product']}_{source['service']}",
        rules=None if named == "any" else frozenset(named),
        excluded=from_detection(body["excluded"]),
        end=_after(date.fromisoformat(document["x-rekey"]["expires"])),
    )


def _after(day: date) -> str:
    """Give the moment after the last one of a day (UTC)."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    return end.isoformat(timespec="milliseconds").replace("+00:00", "Z")
