"""How sure we are that a case is one abuse: a sum of reasons, each of which is told."""

from collections.abc import Sequence

from rekey.alert import LEVELS, Alert
from rekey.case import Confidence
from rekey.enrichers.lineage import Edge


def confidence(alerts: Sequence[Alert], edges: Sequence[Edge]) -> Confidence:
    """Add up what speaks for one abuse; from 0 to 100."""
    score = 0
    reasons: list[str] = []

    def add(points: int, reason: str) -> None:
        nonlocal score
        score += points
        reasons.append(f"+{points} {reason}")

    rules = {alert.rule.path for alert in alerts}
    top = max(LEVELS.index(alert.rule.level) for alert in alerts)
    add(10 + 10 * top, f"the strongest alert is {LEVELS[top]}")
    if len(rules) > 1:
        add(min(20, 5 * (len(rules) - 1)), f"{len(rules)} different rules agree")
    sources = {source for alert in alerts for source in alert.sources}
    if len(sources) > 1:
        add(10 * (len(sources) - 1), f"seen in {len(sources)} log sources")
    proven = sum(edge.link == "proven" for edge in edges)
    if proven:
        add(min(10, 2 * proven), f"{proven} proven links from mint to use")
    if any(o.scope == "external" for alert in alerts for o in alert.origins):
        add(5, "acted from an external address")
    if all(alert.actor.kind == "human" for alert in alerts):
        score -= 20
        reasons.append("-20 all actors look like people, for whom these rules are not made")
    return Confidence(score=max(0, min(100, score)), reasons=tuple(reasons))
