"""What Kibana's form for editing a rule sends when somebody presses *Save*.

The form sends the whole rule, whatever was changed, and writes some of it anew. Written from
elastic/kibana, x-pack/solutions/security/plugins/security_solution/public/detection_engine:

- what it reads of a rule: common/helpers.tsx (``getStepsData``), and of its schedule:
  common/api/detection_engine/model/rule_schema/to_simple_rule_schedule.ts
- what it sends: rule_creation_ui/pages/rule_creation/helpers.ts (``formatRule``)
- what it makes of filters, to show them: src/platform/plugins/shared/data/public/query/filter_manager
  (``mapFilter``, ``mapDefault``, ``mapPhrase``)
"""

import json
import re
from copy import deepcopy
from typing import Any, Final, Literal

Rule = dict[str, Any]

Schedule = Literal["seconds", "largest unit"]
"""How the look-back is written: up to 8.17, and since."""

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_COPIED: Final = (
    "name", "description", "type", "severity", "risk_score", "tags", "setup", "exceptions_list",
    "risk_score_mapping", "severity_mapping", "related_integrations", "required_fields", "threat",
    "max_signals", "actions", "enabled", "query", "language", "timestamp_field",
    "event_category_override", "tiebreaker_field", "timestamp_override_fallback_disabled",
    "response_actions", "alert_suppression", "new_terms_fields", "history_window_start",
    "threshold", "data_view_id",
)  # fmt: skip
_UNLESS_EMPTY: Final = (
    "note", "rule_name_override", "timestamp_override", "investigation_fields", "building_block_type",
)  # fmt: skip
_WITHOUT_GAPS: Final = ("author", "false_positives", "references")
_WITH_DATA: Final = ("query", "threshold", "new_terms", "eql")


def saved(rule: Rule, schedule: Schedule) -> Rule:
    """Give what the form sends of a rule."""
    body: Rule = {name: deepcopy(rule[name]) for name in _COPIED if name in rule}
    body |= {name: deepcopy(rule[name]) for name in _UNLESS_EMPTY if rule.get(name)}
    body |= {name: [each for each in rule[name] if each] for name in _WITHOUT_GAPS}
    body["license"] = rule.get("license", "")
    body["meta"] = {"kibana_siem_app_url": "https://kibana.example.com/app/security"}
    if rule.get("timeline_id") and rule.get("timeline_title"):
        body |= {name: rule[name] for name in ("timeline_id", "timeline_title")}
    if rule["type"] in _WITH_DATA:
        body["index"] = rule.get("index", [])
        body["filters"] = [_mapped(pill) for pill in rule.get("filters", ())]
    return body | _schedule(rule, schedule, body["meta"])


def _schedule(rule: Rule, schedule: Schedule, meta: dict[str, str]) -> Rule:
    interval = _span(rule["interval"])
    look_back = max(_span(rule["from"].removeprefix("now-")) - interval, 0)
    whole = interval + look_back
    start = f"{whole}s" if schedule == "seconds" else _largest(whole)
    if schedule == "seconds":
        meta["from"] = f"{look_back}s"
    return {"interval": rule["interval"], "from": f"now-{start}", "to": "now"}


def _span(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", text)
    assert found, f"the form does not read {text}"
    return int(found[1]) * _SECONDS[found[2]]


def _largest(seconds: int) -> str:
    units = reversed(_SECONDS.items())
    return next(f"{seconds // length}{unit}" for unit, length in units if seconds % length == 0)


def _mapped(pill: Rule) -> Rule:
    """Describe a filter anew."""
    made = deepcopy(pill)
    meta = made.setdefault("meta", {})
    kind, key = "custom", next(name for name in made if not re.match(r"\$|meta", name))
    if "match_phrase" in made.get("query", {}):
        kind, [(key, value)] = "phrase", made["query"]["match_phrase"].items()
        meta["params"] = {"query": value["query"] if isinstance(value, dict) else value}
        meta.pop("value", None)
    elif "exists" in made.get("query", {}):
        kind, key = "exists", made["query"]["exists"]["field"]
        meta["value"] = "exists"
    else:
        meta["value"] = json.dumps(made[key], separators=(",", ":"), ensure_ascii=False)
    meta.update(
        type=kind, key=key, disabled=bool(meta.get("disabled")), negate=bool(meta.get("negate")),
        alias=meta.get("alias") or None,
    )  # fmt: skip
    made.setdefault("$state", {"store": "appState"})
    return made
