"""``hashicorp_vault.audit``: elastic/integrations, packages/hashicorp_vault/data_stream/audit."""

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.elastic.paths import add, first, put
from tests.elastic.pipelines.addresses import address, autonomous_system
from tests.elastic.pipelines.interface import Pipeline
from tests.elastic.tables import Row


class VaultAudit(Pipeline):
    """Vault and OpenBao: the record is kept whole. The pipeline sets no ``_id``."""

    stream = "hashicorp_vault.audit"
    itself: ClassVar = frozenset(
        {
            ("request.remote_address", "source.ip"),
            ("request.remote_address", "related.ip"),
            ("request.remote_address", "source.as.number"),
            ("request.headers.user-agent[]", "user_agent.original"),
        }
    )
    left_out: ClassVar = {
        "source.geo.": "it comes from a database of places",
        "source.as.organization": "it comes from a database of networks",
        "user_agent.name": "the parser of user agents is not emulated",
        "user_agent.version": "the parser of user agents is not emulated",
        "user_agent.device": "the parser of user agents is not emulated",
        "user_agent.os": "the parser of user agents is not emulated",
        "nomad.": "it needs four keys of a Nomad login together",
    }

    def start(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Keep the record as it is, but for its time."""
        kept = {key: copy.deepcopy(value) for key, value in record.items() if key != "time"}
        return {"hashicorp_vault": {"audit": kept}}

    def copies(self, row: Row) -> bool:
        """Say whether a line copies something out of the record that is kept."""
        return not row.indexed.startswith("hashicorp_vault.") and super().copies(row)

    def finish(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Fill the outcome, the kind of operation and the address."""
        failed = record.get("error") is not None
        put(body, "event.outcome", "failure" if failed else "success")
        put(body, "event.kind", "event")
        put(body, "event.module", "hashicorp_vault")
        add(body, "event.category", "authentication")
        operation = first(record, "request.operation")
        add(body, "event.type", "info")
        if operation == "delete":
            add(body, "event.type", "end")
        if operation in ("read", "list", "create"):
            add(body, "event.type", "start")
        source = first(record, "request.remote_address")
        if address(source):
            put(body, "source.ip", source)
            add(body, "related.ip", source)
        if number := autonomous_system(source):
            put(body, "source.as.number", number)
        agent = first(record, "request.headers.user-agent[]")
        if isinstance(agent, str) and not agent.startswith("hmac-"):
            put(body, "user_agent.original", agent)
