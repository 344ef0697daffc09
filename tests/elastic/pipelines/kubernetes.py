"""``kubernetes.audit_logs``: elastic/integrations, packages/kubernetes/data_stream/audit_logs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.elastic.paths import add, first, put
from tests.elastic.pipelines.addresses import address
from tests.elastic.pipelines.interface import Pipeline, without
from tests.elastic.tables import Row

_RULES = "kubernetes.audit.requestObject.rules"


class KubernetesAudit(Pipeline):
    """Kubernetes audit records. The pipeline sets no ``_id``.

    The integration's ``@timestamp`` is when the collector read the line. Here it is when the
    request came: a collector that keeps up.
    """

    stream = "kubernetes.audit_logs"
    itself: ClassVar = frozenset(
        {
            ("sourceIPs[]", "source.ip"),
            ("sourceIPs[]", "client.ip"),
            ("sourceIPs[]", "related.ip"),
        }
    )
    left_out: ClassVar = {
        "event.outcome": "it may be absent: a step of the collector hides the annotation",
        "container.image.name": "it is normally absent",
        "cloud.provider": "it depends on the collector",
    }

    def clean(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Drop null and empty values, anywhere."""
        cleaned: dict[str, Any] = without(record, lambda v: v is None or v == "")
        return cleaned

    def copies(self, row: Row) -> bool:
        """Say whether a line is a plain copy; objects of arrays that are nested are not."""
        return not row.indexed.startswith(f"{_RULES}.") and super().copies(row)

    def finish(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Fill addresses, nested rules and constants."""
        put(body, "event.kind", "event")
        put(body, "orchestrator.type", "kubernetes")
        sources = record.get("sourceIPs") or []
        if sources and all(map(address, sources)):
            put(body, "source.ip", sources)
            put(body, "client.ip", sources)
        add(body, "related.ip", *filter(address, sources))
        if isinstance(rules := first(record, "requestObject.rules"), list):
            put(body, _RULES, rules)
