"""``kubernetes.audit_logs``: elastic/integrations, packages/kubernetes/data_stream/audit_logs."""

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.elastic.paths import add, put
from tests.elastic.pipelines.addresses import address
from tests.elastic.pipelines.interface import Pipeline, without
from tests.elastic.tables import Row


class KubernetesAudit(Pipeline):
    """Kubernetes audit records: kept whole, but for the metadata of bodies. No ``_id`` is set.

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

    def start(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Keep the record, with dots in the names of annotations changed."""
        kept = copy.deepcopy(dict(record))
        for body in ("requestObject", "responseObject"):
            if isinstance(kept.get(body), dict):
                kept[body].pop("metadata", None)
        if isinstance(annotations := kept.get("annotations"), dict):
            kept["annotations"] = {key.replace(".", "_"): v for key, v in annotations.items()}
        return {"kubernetes": {"audit": kept}}

    def copies(self, row: Row) -> bool:
        """Say whether a line copies something out of the record that is kept."""
        return not row.indexed.startswith("kubernetes.") and super().copies(row)

    def finish(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Fill addresses and constants."""
        put(body, "event.kind", "event")
        put(body, "orchestrator.type", "kubernetes")
        sources = record.get("sourceIPs") or []
        if sources and all(map(address, sources)):
            put(body, "source.ip", sources)
            put(body, "client.ip", sources)
        add(body, "related.ip", *filter(address, sources))
