"""Elastic as a target: rules in Kibana, index templates in Elasticsearch.

Which fields of a rule Kibana alone writes: its rule schema (``ResponseFields``), and the attributes of
``resolve``, elastic/kibana, security_solution/common/api/detection_engine/model/rule_schema.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rekey.deploy.errors import Rejected
from rekey.deploy.interface import Body, Live, Policy
from rekey.deploy.kibana import Kibana
from rekey.deploy.kibana_spelling import plain
from rekey.deploy.templates import Templates

MARK: Final = "rekey"
"""A tag that all our rules bear."""

_SERVERS: Final = frozenset({
    "id", "immutable", "rule_source", "created_at", "created_by", "updated_at", "updated_by",
    "revision", "execution_summary", "outcome", "alias_target_id", "alias_purpose",
})  # fmt: skip

RULE: Final = Policy(
    kept=frozenset({
        "enabled", "exceptions_list", "actions", "response_actions", "throttle", "timeline_id",
        "timeline_title", "meta", "rule_name_override", "building_block_type", "output_index",
        "namespace",
    }),
    followed=frozenset({"interval", "from", "to", "max_signals"}),
    shared=frozenset({"tags"}),
    fixed=frozenset({"type"}),
    plain=plain,
)  # fmt: skip
TEMPLATE: Final = Policy()


class Elastic:
    """One space of Kibana, and the Elasticsearch behind it.

    Args:
        kibana: the connection to the space.
        templates: index templates; given on first use, so that sites whose logs come by Elastic's
            integrations need no access to Elasticsearch.
        place: address and space.
    """

    name = "elastic"

    def __init__(self, kibana: Kibana, templates: Callable[[], Templates], place: str) -> None:
        self._kibana, self._templates, self.place = kibana, templates, place

    def policy(self, key: str) -> Policy:
        """Say whose the fields are."""
        return RULE if _is_rule(key) else TEMPLATE

    def live(self, keys: frozenset[str]) -> dict[str, Live]:
        """Read rules and templates."""
        found = {}
        for rule in self._kibana.rules():
            key, live = f"rule:{rule['rule_id']}", _live(rule)
            if key in keys or live.ours:
                found[key] = live
        for key in keys:
            if not _is_rule(key) and (template := self._templates().read(_id(key))) is not None:
                found[key] = template
        return found

    def read(self, key: str) -> Live | None:
        """Read one object."""
        if not _is_rule(key):
            return self._templates().read(_id(key))
        rule = self._kibana.rule(_id(key))
        return _live(rule) if rule else None

    def create(self, key: str, body: Body) -> Body:
        """Make an object."""
        if not _is_rule(key):
            return self._templates().write(_id(key), body)
        return _live(self._kibana.create(_sent(key, body))).body

    def update(self, key: str, body: Body) -> Body:
        """Replace an object."""
        if not _is_rule(key):
            return self._templates().write(_id(key), body)
        return _live(self._kibana.replace(_sent(key, body))).body

    def remove(self, key: str) -> None:
        """Remove an object."""
        if _is_rule(key):
            self._kibana.delete(_id(key))
        else:
            self._templates().remove(_id(key))


def wanted_rule(rule: Mapping[str, Any]) -> Body:
    """Give a rule without what Kibana alone writes, and with what it fills in.

    Kibana says by its own list which required fields are ECS fields, and gives a threshold without
    distinct counts an empty list of them.
    """
    body = {name: value for name, value in rule.items() if name not in _SERVERS | {"rule_id"}}
    if "required_fields" in body:
        fields = body["required_fields"]
        body["required_fields"] = [{"name": f["name"], "type": f["type"]} for f in fields]
    if "threshold" in body:
        body["threshold"] = {"cardinality": [], **body["threshold"]}
    return body


def _live(rule: Mapping[str, Any]) -> Live:
    is_ours = MARK in rule.get("tags", ()) and not rule.get("immutable", False)
    return Live(wanted_rule(rule), is_ours)


def _sent(key: str, body: Body) -> Body:
    if _SERVERS & body.keys():
        raise Rejected(f"{key}: the plan holds fields that only Kibana writes")
    return {**body, "rule_id": _id(key)}


def _is_rule(key: str) -> bool:
    return key.startswith("rule:")


def _id(key: str) -> str:
    return key.partition(":")[2]
