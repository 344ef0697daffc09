"""``github.audit``: elastic/integrations, packages/github/data_stream/audit."""

import copy
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.elastic.paths import add, first, put
from tests.elastic.pipelines.addresses import address
from tests.elastic.pipelines.interface import Pipeline, without
from tests.elastic.tables import Row

_MOVED = ("@timestamp", "created_at", "_document_id", "action", "actor", "user")
"""Keys that leave the record for an ECS name."""


class GitHubAudit(Pipeline):
    """GitHub's audit log. The fingerprint of ``_document_id`` is the ``_id``, where there is one."""

    stream = "github.audit"
    names_documents = True
    itself: ClassVar = frozenset(
        {
            ("action", "github.category"),
            ("org", "group.name"),
            ("org", "user.target.group.name"),
            ("team", "group.name"),
            ("team", "user.target.group.name"),
            ("data.team", "github.team"),
            ("data.old_user", "user.target.group.name"),
            ("actor_ip", "related.ip"),
        }
    )
    left_out: ClassVar = {
        "user_agent.name": "the parser of user agents is not emulated",
        "user_agent.version": "the parser of user agents is not emulated",
        "user_agent.device": "the parser of user agents is not emulated",
        "user_agent.os": "the parser of user agents is not emulated",
    }

    def clean(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Drop null and empty values, anywhere."""
        cleaned: dict[str, Any] = without(record, lambda v: v is None or v == "")
        return cleaned

    def start(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Keep the record as it is, but for what has a name elsewhere."""
        kept = {key: copy.deepcopy(value) for key, value in record.items() if key not in _MOVED}
        if not address(kept.get("actor_ip")):
            kept.pop("actor_ip", None)
        return {"github": kept}

    def copies(self, row: Row) -> bool:
        """Say whether a line copies something out of the record that is kept."""
        return not row.indexed.startswith("github.") and super().copies(row)

    def finish(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Fill categories, groups and the address."""
        put(body, "event.kind", "event")
        put(body, "event.module", "github")
        action = str(record.get("action", ""))
        self._categories(action, body)
        team = record.get("team") or first(record, "data.team")
        if team:
            put(body, "github.team", team)
        group = {"team": team, "org": record.get("org")}.get(action.split(".")[0])
        if group:
            put(body, "group.name", group)
            if "user" in record:
                put(body, "user.target.group.name", group)
        if address(record.get("actor_ip")):
            add(body, "related.ip", record["actor_ip"])

    def _categories(self, action: str, body: dict[str, Any]) -> None:
        add(body, "event.category", "configuration", "web")
        found = re.match(r"([a-z_]+)\.(.*)", action)
        category, rest = (found[1], found[2]) if found else ("", "")
        if category:
            put(body, "github.category", category)
        if category in ("team", "org"):
            add(body, "event.category", "iam")
            add(body, "event.type", "group", "user")
        if "create" in rest or "add" in rest:
            add(body, "event.type", "creation")
        if "delete" in rest or "remove" in rest:
            add(body, "event.type", "deletion")
        if first(body, "event.type") is None:
            add(body, "event.type", "change")

    def document_id(self, record: Mapping[str, Any]) -> str | None:
        """Give the id that GitHub gave the record."""
        found = record.get("_document_id")
        return str(found) if found else None
