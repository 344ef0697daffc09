"""Rules made in a test: the YAML of a rule file as Python, and the rule that comes of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rekey.converters.rule import Rule
from rekey.converters.ruleset import build_rule

GITHUB = {"product": "github", "service": "audit"}
KUBERNETES = {"product": "kubernetes", "service": "audit"}
AWS = {"product": "aws", "service": "cloudtrail"}
VAULT = {"product": "vault", "service": "audit"}

Document = dict[str, Any]


def base(
    name: str, detection: Mapping[str, Any], logsource: Mapping[str, str] = GITHUB
) -> Document:
    """A base rule. ``detection`` may be one selection alone."""
    whole = detection if "condition" in detection else {"seen": detection, "condition": "seen"}
    return {
        "title": name, "id": str(uuid5(NAMESPACE_URL, name)), "name": name, "status": "test",
        "logsource": dict(logsource), "detection": dict(whole),
    }  # fmt: skip


def correlation(
    kind: str,
    bases: Sequence[str],
    group_by: Sequence[str],
    timespan: str,
    *,
    condition: Mapping[str, Any] | None = None,
    aliases: Mapping[str, Any] | None = None,
    **directives: Any,
) -> Document:
    """A correlation document; ``directives`` are those of ``x-rekey``."""
    inner: Document = {
        "type": kind, "rules": list(bases), "group-by": list(group_by), "timespan": timespan,
    }  # fmt: skip
    inner |= {"condition": dict(condition)} if condition else {}
    inner |= {"aliases": dict(aliases)} if aliases else {}
    id = str(uuid5(NAMESPACE_URL, f"{kind} of {', '.join(bases)}"))
    return {
        "title": f"{kind} in {timespan}", "id": id, "status": "test", "level": "high",
        "correlation": inner, "x-rekey": {**X_REKEY, **directives},
    }  # fmt: skip


def single(
    name: str, detection: Mapping[str, Any], logsource: Mapping[str, str] = GITHUB
) -> Document:
    """A whole single-event rule."""
    return base(name, detection, logsource) | {"level": "high", "x-rekey": X_REKEY}


def made(*documents: Document, path: str = "test/made") -> Rule:
    """The rule that a file with these documents would be."""
    return build_rule(Path("rules") / f"{path}.yml", documents)


X_REKEY: Document = {"playbook": "none", "entities": {"actor": "actor.id"}, "budget": 0.1}
