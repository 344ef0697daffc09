"""A rule as Kibana imports it: what decides, and what an analyst reads.

https://www.elastic.co/docs/api/doc/kibana/operation/operation-importrules
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rekey.alert import Level
from rekey.converters.elastic.compiled import Compiled
from rekey.converters.elastic.faces import MOST_NAMES
from rekey.converters.elastic.note import Playbook, note
from rekey.converters.elastic.required import required
from rekey.converters.elastic.schedule import ago
from rekey.converters.elastic.target import Target
from rekey.converters.elastic.threat import Attack
from rekey.converters.rule import Rule

RISK: Final[Mapping[Level, tuple[str, int]]] = {
    "informational": ("low", 21), "low": ("low", 21), "medium": ("medium", 47),
    "high": ("high", 73), "critical": ("critical", 99),
}  # fmt: skip
"""Severity and Kibana's default risk score for it."""

INTEGRATIONS: Final[Mapping[str, dict[str, str]]] = {
    "aws_cloudtrail": {"package": "aws", "integration": "cloudtrail", "version": ">=2.0.0"},
    "github_audit": {"package": "github", "version": ">=2.23.1"},
    "kubernetes_audit": {
        "package": "kubernetes", "integration": "audit_logs", "version": ">=1.24.0",
    },
    "vault_audit": {"package": "hashicorp_vault", "version": ">=1.0.0"},
}  # fmt: skip
"""Elastic's packages that fill the data streams. GitHub: versions before 2025 dropped most fields, and
this one is known to keep all (https://github.com/elastic/integrations/issues/19079). Kubernetes: audit
logs came with 1.7.0, and 1.23.0 and 1.24.0 still added fields (packages/kubernetes/changelog.yml). The
other bounds are wide."""

_ECS: Final = (
    "@",
    "event.",
    "source.",
    "user.",
    "user_agent.",
    "cloud.",
    "client.",
    "group.",
    "tls.",
)


@dataclass(frozen=True)
class Extras:
    """What a rule says besides its condition."""

    attack: Attack
    playbooks: Mapping[str, Playbook]
    enabled: bool = False


def kibana_rule(
    rule: Rule, target: Target, compiled: Compiled, extras: Extras, version: int = 1
) -> dict[str, Any]:
    """Write a rule; ``rule_id`` is the Sigma id, so that an import updates what is there.

    Whether a rule is enabled is left to its users: where an import does not say, Kibana leaves it as it
    is, and starts a new rule disabled. Exceptions and actions are not said either; but an import
    removes them all the same.
    """
    head = rule.documents[-1]
    severity, risk = RISK[rule.level]
    decides = {**_times(rule, target), **compiled.body}
    return {
        "rule_id": rule.id,
        "name": _name(rule, compiled),
        "description": _description(rule, compiled),
        "author": [str(head.get("author", "rekey"))],
        "license": "Apache-2.0",
        "version": version,
        "immutable": False,
        **({"enabled": True} if extras.enabled else {}),
        "severity": severity,
        "severity_mapping": [],
        "risk_score": risk,
        "risk_score_mapping": [],
        "tags": _tags(rule),
        "threat": extras.attack.threat(rule.tags),
        "references": [str(link) for link in head.get("references", ())],
        "false_positives": [str(line) for line in head.get("falsepositives", ())],
        "note": note(rule, target, compiled, extras.playbooks),
        "setup": _setup(rule, target),
        "required_fields": _required(rule, target, decides),
        "related_integrations": _integrations(rule, target),
        "investigation_fields": {"field_names": _highlighted(rule, target, compiled)},
        "max_signals": 100,
        "to": "now",
        **decides,
    }


def _name(rule: Rule, compiled: Compiled) -> str:
    """Promise no more than what is seen."""
    in_part = rule.directives.title_in_part if _unseen(compiled) else None
    return in_part or rule.title


def _description(rule: Rule, compiled: Compiled) -> str:
    text = rule.description.strip()
    if not (fields := _unseen(compiled)):
        return text
    return f"{text}\n\nSeen in part: {', '.join(fields)} cannot be searched in these documents."


def _unseen(compiled: Compiled) -> list[str]:
    return [each.detail for each in compiled.differences if each.kind == "in_part"]


def _times(rule: Rule, target: Target) -> dict[str, Any]:
    """Say when to run and by which clock."""
    plan = target.schedule(rule)
    time = target.schema.time(rule.bases[0].source)
    by_arrival = target.by_arrival(rule)
    clock = target.schema.arrival if by_arrival else time
    interval = f"{plan.interval // 60}m"
    times: dict[str, Any] = {"interval": interval, "from": ago(plan.lookback)}
    if clock != "@timestamp":
        times["timestamp_override"] = clock
        times["timestamp_override_fallback_disabled"] = not by_arrival
    return times


def _tags(rule: Rule) -> list[str]:
    product = {base.source.title for base in rule.bases}
    return ["rekey", f"rekey rule: {rule.path}", *sorted(product), *rule.tags]


def _required(rule: Rule, target: Target, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    sources = (base.source for base in rule.bases)
    found = required(body, sources, target.schema)
    return [{"name": n, "type": kind, "ecs": n.startswith(_ECS)} for n, kind in found.items()]


def _integrations(rule: Rule, target: Target) -> list[dict[str, str]]:
    if target.schema.name == "raw":
        return []
    return [INTEGRATIONS[name] for name in rule.sources if name in INTEGRATIONS]


def _highlighted(rule: Rule, target: Target, compiled: Compiled) -> list[str]:
    """Name the fields that say who it was; Kibana shows them first."""
    if compiled.columns is not None:
        return list(compiled.columns)
    base = rule.bases[0]
    wanted = [*rule.group_fields(base), *rule.directives.entities.values()]
    behind = ([f.name for f in target.behind(base.source, name)] for name in wanted)
    fields = (name for names in behind if len(names) <= MOST_NAMES for name in names)
    return list(dict.fromkeys(fields)) or [target.schema.time(base.source)]


def _setup(rule: Rule, target: Target) -> str:
    if target.schema.name == "raw":
        patterns = ", ".join(
            f"`{i}`" for b in rule.bases for i in target.schema.index(b.source)[:1]
        )
        return (
            "Load the index template that `rekey build elastic --schema raw` writes, then index "
            f"the log's records as they are into {', '.join(dict.fromkeys(patterns.split(', ')))}."
        )
    titles = ", ".join(dict.fromkeys(base.source.title for base in rule.bases))
    return f"Needs the log source {titles}, collected by Elastic's integration for it."
