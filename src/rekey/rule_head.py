"""What a site file and a listing need to know of a rule, without compiling it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rekey.errors import Place, RekeyError
from rekey.pack import Pack
from rekey.yaml_file import read_yaml_documents


@dataclass(frozen=True, slots=True)
class Novelty:
    """A base rule of a first-seen rule: what looks for news in a log source."""

    id: str
    product: str
    service: str


@dataclass(frozen=True, slots=True)
class RuleHead:
    """One rule, seen from outside."""

    path: str
    """``<product>/<rule>``."""
    file: Path
    title: str
    level: str
    kind: str
    """single, event_count, value_count, temporal, temporal_ordered, first_seen or dormant."""
    status: str
    tags: tuple[str, ...]
    ids: tuple[str, ...]
    """Sigma ids of the documents that look at events: the rule itself, or its base rules.
    Filters apply to these, never to a correlation."""
    knobs: frozenset[str]
    novelty: tuple[Novelty, ...]


def rule_heads(packs: Iterable[Pack]) -> dict[str, RuleHead]:
    """Read the heads of all rules, by path.

    Raises:
        RekeyError: a file that is not YAML or holds no rule, or two packs with the same path.
    """
    heads: dict[str, RuleHead] = {}
    for pack in packs:
        for path, file in pack.rule_files().items():
            if path in heads:
                raise RekeyError(
                    f"the rule {path} also stands in {heads[path].file}",
                    place=Place(file),
                    hint="Rename yours: a rule's path is its identity.",
                )
            heads[path] = read_head(path, file)
    return heads


def read_head(path: str, file: Path) -> RuleHead:
    """Read one rule file.

    Raises:
        RekeyError: not YAML, or no rule.
    """
    documents = [document.data for document in read_yaml_documents(file)]
    if not documents or not all(isinstance(document, dict) for document in documents):
        raise RekeyError(
            "holds no rule", place=Place(file), hint="`rekey rules check` says what is wrong."
        )
    events = [document for document in documents if "detection" in document]
    rule = next((document for document in documents if "correlation" in document), documents[-1])
    directive = _mapping(rule, "x-rekey")
    return RuleHead(
        path=path,
        file=file,
        title=str(rule.get("title", path)),
        level=str(rule.get("level", "medium")),
        kind=_kind(rule, directive),
        status=str(rule.get("status", "experimental")),
        tags=tuple(str(tag) for tag in rule.get("tags") or ()),
        ids=tuple(str(document["id"]) for document in events if "id" in document),
        knobs=frozenset(_mapping(directive, "knobs")),
        novelty=_novelty(events) if "first_seen" in directive else (),
    )


def _mapping(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _kind(rule: dict[str, Any], directive: dict[str, Any]) -> str:
    for kind in ("first_seen", "dormant"):
        if kind in directive:
            return kind
    return str(_mapping(rule, "correlation").get("type", "single"))


def _novelty(events: list[dict[str, Any]]) -> tuple[Novelty, ...]:
    return tuple(
        Novelty(
            id=str(event.get("id")),
            product=str(_mapping(event, "logsource").get("product")),
            service=str(_mapping(event, "logsource").get("service")),
        )
        for event in events
    )
