"""One case out of a group of alerts."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from rekey.alert import LEVELS, ActorRef, Alert
from rekey.canonical import events_of
from rekey.case import Abnormal, Case, CaseActor, NotEvaluable
from rekey.converters.rule import Kind, Rule
from rekey.credential_tree import CredentialTree
from rekey.enrichers.attribution import attribute
from rekey.enrichers.confidence import confidence
from rekey.enrichers.lineage import Edge, Lineage
from rekey.enrichers.owners import Owners
from rekey.event import WorkloadEvent, plain
from rekey.grouping import Involved
from rekey.replay import Replay
from rekey.timeline import context_seqs, steps


class CaseBuilder:
    """Builds the cases of one investigation.

    Args:
        replay: the evaluated replay.
        unevaluated: rules that these logs cannot decide.
    """

    def __init__(
        self,
        replay: Replay,
        owners: Owners,
        lineage: Lineage,
        unevaluated: tuple[NotEvaluable, ...],
    ) -> None:
        self._replay = replay
        self._owners = owners
        self._lineage = lineage
        self._unevaluated = unevaluated

    def build(self, items: Sequence[Involved], why: str) -> Case:
        """Build a case of alerts that belong together."""
        alerts = [item.alert for item in items]
        edges = self._edges(items)
        events = self._events(items, edges)
        last = max(alert.last for alert in alerts)
        tree = CredentialTree(self._replay.store, events.values(), edges, alerts)
        actors = self._actors(events.values(), edges, alerts)
        alerted: dict[int, list[str]] = {}
        for alert in alerts:
            for seq in alert.seqs:
                alerted.setdefault(seq, []).append(alert.id)
        level = max((alert.rule.level for alert in alerts), key=LEVELS.index)
        return Case(
            id=_case_id(alerts),
            title=_title(alerts, actors),
            level=level,
            opened_because=why,
            confidence=confidence(alerts, edges),
            first=min(alert.first for alert in alerts),
            last=last,
            actors=actors,
            credentials=tree.nodes(),
            alerts=tuple(alerts),
            abnormal=self._abnormal(alerts),
            timeline=steps(list(events.values()), alerted, {edge.seq for edge in edges}),
            targets=tuple(dict.fromkeys(target for a in alerts for target in a.targets)),
            playbooks=_playbooks(alerts),
            not_evaluable=self._not_evaluable(alerts),
        )

    def _edges(self, items: Sequence[Involved]) -> list[Edge]:
        """Where the alerted credentials came from, and everything that was made with them."""
        up = [edge for item in items for edge in item.ancestors]
        down = self._lineage.descendants(_descended(items))
        unique = {(edge.child, edge.parent): edge for edge in [*up, *down]}
        return sorted(unique.values(), key=lambda edge: edge.time)

    def _events(self, items: Sequence[Involved], edges: Sequence[Edge]) -> dict[int, WorkloadEvent]:
        spans: dict[str, tuple[datetime, datetime]] = {}
        for item in items:
            for name in item.credentials:
                low, high = spans.get(name, (item.alert.first, item.alert.last))
                spans[name] = (min(low, item.alert.first), max(high, item.alert.last))
        down = {edge.child for edge in self._lineage.descendants(_descended(items))}
        seqs = {seq for item in items for seq in item.alert.seqs}
        seqs |= {edge.seq for edge in edges}
        seqs |= set(context_seqs(self._replay.store, spans, sorted(down)))
        return events_of(self._replay.store, seqs, self._replay.files)

    def _actors(
        self, events: Iterable[WorkloadEvent], edges: Sequence[Edge], alerts: Sequence[Alert]
    ) -> tuple[CaseActor, ...]:
        """Actors of the alerts first, then the others that the lineage touches."""
        by_actor: dict[str | None, list[WorkloadEvent]] = {}
        for event in events:
            by_actor.setdefault(plain(event.actor.id), []).append(event)
        order = dict.fromkeys([*(a.actor.id for a in alerts), *by_actor])
        made = []
        for actor in order:
            own = by_actor.get(actor, [])
            if not own:
                continue
            level, reasons = attribute(actor, own, edges, self._replay.site)
            known = self._replay.site.identity(actor)
            newest = own[-1].actor
            made.append(
                CaseActor(
                    actor=ActorRef(id=actor, kind=newest.kind.value, name=plain(newest.name),
                                   account=plain(newest.account)),
                    attribution=level,
                    reasons=reasons,
                    owner=self._owners.of(actor, _names(own)),
                    shared=bool(known and known.shared),
                )
            )  # fmt: skip
        return tuple(made)

    def _abnormal(self, alerts: Sequence[Alert]) -> tuple[Abnormal, ...]:
        found = []
        for alert in alerts:
            rule = self._replay.rules[alert.rule.path]
            if (dimension := _dimension(rule, alert)) is not None:
                found.append(dimension)
        return tuple(found)

    def _not_evaluable(self, alerts: Sequence[Alert]) -> tuple[NotEvaluable, ...]:
        """What could not be asked about the sources that this case touches."""
        products = {alert.rule.path.split("/")[0] for alert in alerts}
        return tuple(item for item in self._unevaluated if item.what.split("/")[0] in products)


def _descended(items: Sequence[Involved]) -> list[str]:
    return list(dict.fromkeys(name for item in items for name in item.credentials))


def _names(events: Iterable[WorkloadEvent]) -> tuple[str, ...]:
    """Further names by which an owner file may know an actor."""
    found = (plain(value) for e in events for value in (e.credential.subject, e.actor.name))
    return tuple(dict.fromkeys(text for text in found if text))


def _dimension(rule: Rule, alert: Alert) -> Abnormal | None:
    correlation = rule.correlation
    if correlation is None:
        return None
    if rule.kind is Kind.FIRST_SEEN and rule.directives.first_seen:
        gate = rule.directives.first_seen
        basis = f"not seen in {gate.history} before; watched for at least {gate.maturity}"
        return Abnormal(dimension=str(correlation.field), observed=alert.value or "",
                        expected=alert.expected, first_seen=alert.first, basis=basis)  # fmt: skip
    if rule.kind is Kind.DORMANT and rule.directives.dormant:
        gap = rule.directives.dormant
        return Abnormal(
            dimension="silence", observed=f"{alert.value} days", expected=(),
            first_seen=alert.first,
            basis=f"longer than {gap.gap} and {gap.factor:g} × the longest silence before",
        )  # fmt: skip
    if rule.kind is Kind.VALUE_COUNT:
        return Abnormal(
            dimension=f"different {correlation.field} at once", observed=alert.value or "",
            expected=(f"fewer than {correlation.count}",), first_seen=alert.first,
            basis=f"within {correlation.timespan // 60} minutes",
        )  # fmt: skip
    return None


def _title(alerts: Sequence[Alert], actors: Sequence[CaseActor]) -> str:
    """Say what happened in one line: who first, then how far it went."""
    strongest = max(alerts, key=lambda alert: LEVELS.index(alert.rule.level))
    who = strongest.actor.name or strongest.actor.id or "an unknown identity"
    sources = dict.fromkeys(source.split("_")[0] for alert in alerts for source in alert.sources)
    reach = f", through {' → '.join(sources)}" if len(sources) > 1 else ""
    return f"{strongest.rule.title} ({who}){reach}"


def _playbooks(alerts: Sequence[Alert]) -> tuple[str, ...]:
    ranked = sorted(alerts, key=lambda alert: -LEVELS.index(alert.rule.level))
    return tuple(dict.fromkeys(a.rule.playbook for a in ranked if a.rule.playbook))


def _case_id(alerts: Sequence[Alert]) -> str:
    text = "\0".join(sorted(alert.id for alert in alerts))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
