"""Alerts that Elastic Security has raised.

Source: alert schema, https://www.elastic.co/guide/en/security/current/alert-schema.html
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from rekey.raised import Raised
from rekey.sources.elastic_events import asked, search_all
from rekey.sources.elastic_rebuild import value_at
from rekey.sources.live import Span

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ALERTS: Final = ".alerts-security.alerts-*"
"""The alerts of every space."""
_VALUES: Final = 2000
"""Texts of one alert that are looked at."""


def elastic_alerts(client: "Elasticsearch", span: Span) -> Iterator[Raised]:
    """Yield the alerts of a time.

    Raises:
        LiveError: not all could be read.
    """
    for hit in asked(ALERTS, search_all(client, [ALERTS], "@timestamp", span)):
        document = hit["_source"]
        rule_id = value_at(document, "kibana.alert.rule.rule_id")
        yield Raised(
            siem="elastic",
            id=str(value_at(document, "kibana.alert.uuid") or hit["_id"]),
            rule=str(value_at(document, "kibana.alert.rule.name") or "a rule without a name"),
            rule_id=str(rule_id) if rule_id else None,
            time=datetime.fromisoformat(document["@timestamp"]),
            values=frozenset(_texts(document)),
        )


def _texts(document: dict[str, Any]) -> Iterator[str]:
    pending: list[Any] = [document]
    seen = 0
    while pending and seen < _VALUES:
        value = pending.pop()
        if isinstance(value, dict):
            # What the rule says of itself says nothing of the event.
            pending += [v for k, v in value.items() if not k.startswith("kibana.alert.rule")]
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, str):
            seen += 1
            yield value
