"""How Kibana stores rules: made, replaced, imported from a file, saved by its form.

Written from elastic/kibana, x-pack/solutions/security/plugins/security_solution:

- what is not given gets a default, what belongs to another type goes, ``required_fields`` get ``ecs``
  by Kibana's own list: server/lib/detection_engine/rule_management/logic/detection_rules_client/
  mergers/apply_rule_defaults.ts (``RULE_DEFAULTS``, ``setTypeSpecificDefaults``)
- a replaced rule keeps ``enabled`` and ``version`` where they are not given, and its ids, revision and
  author: mergers/apply_rule_update.ts
- an import is a replacement where the rule is there and overwriting is allowed, else a conflict:
  methods/import_rule.ts. So a line without exceptions unlinks them
  (https://github.com/elastic/kibana/issues/269435), and one without actions removes them.
"""

import uuid
from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final

Rule = dict[str, Any]
Answer = tuple[int, Rule]

RULE_DEFAULTS: Final[Rule] = {
    "actions": [], "author": [], "enabled": False, "exceptions_list": [], "false_positives": [],
    "from": "now-6m", "interval": "5m", "max_signals": 100, "output_index": "", "references": [],
    "related_integrations": [], "required_fields": [], "risk_score_mapping": [], "setup": "",
    "severity_mapping": [], "tags": [], "threat": [], "to": "now", "version": 1,
}  # fmt: skip
_COMMON: Final = {
    "building_block_type", "description", "investigation_fields", "license", "meta", "name",
    "namespace", "note", "response_actions", "risk_score", "rule_name_override", "severity",
    "throttle", "timeline_id", "timeline_title", "timestamp_override",
    "timestamp_override_fallback_disabled", "type",
}  # fmt: skip
_SEARCHED: Final = {"alert_suppression", "data_view_id", "filters", "index", "language", "query"}
_OF_TYPE: Final = {
    "query": {*_SEARCHED, "saved_id"},
    "threshold": {*_SEARCHED, "saved_id", "threshold"},
    "new_terms": {*_SEARCHED, "new_terms_fields", "history_window_start"},
    "eql": {*_SEARCHED, "timestamp_field", "event_category_override", "tiebreaker_field"},
    "esql": {"alert_suppression", "language", "query"},
}
_NEEDED: Final = ("name", "description", "risk_score", "severity", "type")
_ECS: Final = {"event.action", "event.provider", "source.ip", "user.id", "user.name", "@timestamp"}


def error(code: int, message: str) -> Rule:
    """Write an error as Kibana does."""
    return {"statusCode": code, "message": message}


def create(rules: dict[str, Rule], rule_id: str, body: Rule) -> Answer:
    """Make a rule; 409 if its ``rule_id`` is taken."""
    if lacking := _lacking(body):
        return 400, error(400, lacking)
    if rule_id in rules:
        return 409, error(409, f'rule_id: "{rule_id}" already exists')
    rules[rule_id] = _stored(body, {
        "id": str(uuid.uuid4()), "rule_id": rule_id, "immutable": False, "revision": 0,
        "rule_source": {"type": "internal"}, "created_by": "us", "created_at": "2026-11-23",
    })  # fmt: skip
    return 200, rules[rule_id]


def replace(rules: dict[str, Rule], rule_id: str, body: Rule) -> Answer:
    """Replace a rule; 404 if it is not there, 400 if it is of another type."""
    if lacking := _lacking(body):
        return 400, error(400, lacking)
    there = rules.get(rule_id)
    if there is None:
        return 404, error(404, f'rule_id: "{rule_id}" not found')
    if there["type"] != body["type"]:
        return 400, error(400, "the type of a rule cannot be changed")
    kept = ("id", "rule_id", "immutable", "rule_source", "created_by", "created_at")
    replaced = _stored(body, {name: there[name] for name in kept})
    replaced["revision"] = there["revision"] + 1
    replaced["enabled"] = body.get("enabled", there["enabled"])
    replaced["version"] = body.get("version", there["version"])
    rules[rule_id] = replaced
    return 200, replaced


def delete(rules: dict[str, Rule], rule_id: str) -> Answer:
    """Delete a rule; 404 if it is not there."""
    missing = error(404, f'rule_id: "{rule_id}" not found')
    return (200, rules.pop(rule_id)) if rule_id in rules else (404, missing)


def import_file(rules: dict[str, Rule], lines: Iterable[Rule], *, overwrite: bool) -> Answer:
    """Import the rules of a file; those that are refused are listed, the others are taken."""
    errors, taken, count = [], 0, 0
    for body in lines:
        count += 1
        rule_id = body.get("rule_id", "(unknown id)")
        write = replace if overwrite and rule_id in rules else create
        code, answer = write(rules, rule_id, body)
        taken += code == 200
        if code != 200:
            refusal = {"status_code": code, "message": answer["message"]}
            errors.append({"rule_id": rule_id, "error": refusal})
    return 200, {
        "success": not errors, "success_count": taken, "rules_count": count, "errors": errors,
        "exceptions_success": True, "exceptions_success_count": 0, "exceptions_errors": [],
    }  # fmt: skip


def duplicate(rules: dict[str, Rule], rule_id: str) -> str:
    """Copy a rule as *Duplicate rule* does; give the copy's ``rule_id``.

    rule_management/logic/actions/duplicate_rule.ts
    """
    copied = deepcopy(rules[rule_id])
    new = str(uuid.uuid4())
    rules[new] = copied | {
        "id": str(uuid.uuid4()), "rule_id": new, "name": f"{copied['name']} [Duplicate]",
        "enabled": False, "revision": 0,
    }  # fmt: skip
    return new


def _lacking(body: Rule) -> str | None:
    return next((f"{name}: Required" for name in _NEEDED if name not in body), None)


def _stored(body: Rule, servers: Rule) -> Rule:
    known = _COMMON | RULE_DEFAULTS.keys() | _OF_TYPE[body["type"]]
    given = {name: deepcopy(value) for name, value in body.items() if name in known}
    rule = deepcopy(RULE_DEFAULTS) | given | servers
    rule["required_fields"] = [
        {"name": each["name"], "type": each["type"], "ecs": each["name"] in _ECS}
        for each in rule["required_fields"]
    ]
    if "threshold" in rule:
        rule["threshold"] = {"cardinality": []} | rule["threshold"]
    return rule | {"updated_at": str(uuid.uuid4()), "updated_by": "us"}
