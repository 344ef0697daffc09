"""The site's exclusions as one macro for each rule.

An exclusion ends by itself: its last day stands in the macro and is compared with the clock of the
search, so that an app which nobody builds again does not exclude for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from sigma.rule import SigmaRule

from rekey.converters.rule import Condition, Rule
from rekey.converters.splunk.condition import fields, predicate
from rekey.converters.splunk.events import source_of
from rekey.converters.splunk.fields import Fields

NOTHING = "search *"
"""The definition of a filter that lets everything pass."""


@dataclass(frozen=True)
class Excluded:
    """One exclusion of the site, for one log source."""

    entry: str
    owner: str
    expires: date
    source: str
    """``<product>_<service>``."""
    rules: frozenset[str] | None
    """Ids of base rules; ``None`` for all."""
    condition: Condition

    def concerns(self, rule: Rule) -> bool:
        """Say whether a rule shall not see these events."""
        return any(
            base.source.name == self.source and (self.rules is None or base.id in self.rules)
            for base in rule.bases
        )


def read_exclusions(filters: Sequence[dict[str, Any]]) -> tuple[Excluded, ...]:
    """Read the Sigma filters of a site (:func:`rekey.site.sigma_filters`)."""
    return tuple(_read(document) for document in filters)


def _read(document: dict[str, Any]) -> Excluded:
    body, said, source = document["filter"], document["x-rekey"], document["logsource"]
    rule = SigmaRule.from_dict(
        {
            "title": document["title"],
            "logsource": source,
            "detection": {"excluded": body["excluded"], "condition": "excluded"},
        }
    )
    named = body["rules"]
    return Excluded(
        entry=said["entry"],
        owner=said["owner"],
        expires=date.fromisoformat(said["expires"]),
        source=f"{source['product']}_{source['service']}",
        rules=None if named == "any" else frozenset(named),
        condition=cast(Condition, rule.detection.parsed_condition[0].parsed),
    )


def names(exclusions: Sequence[Excluded]) -> frozenset[str]:
    """All fields that some exclusions look at."""
    return frozenset(name for each in exclusions for name in fields(each.condition))


def macro(rule: Rule, exclusions: Sequence[Excluded]) -> str:
    """Define the macro of one rule.

    Raises:
        NotInSplunkError: an exclusion looks at something that Splunk cannot compute.
    """
    if not exclusions:
        return NOTHING
    known = Fields(source_of(rule.bases))
    tests = [
        f"(now()<{_end(each.expires)} AND {predicate(each.condition, known.column, total=True)})"
        for each in exclusions
    ]
    return f"where NOT ({' OR '.join(tests)})"


def _end(day: date) -> int:
    """The moment after the last second of a day (UTC), as Splunk counts."""
    return int(datetime.combine(day + timedelta(days=1), time(), UTC).timestamp())
