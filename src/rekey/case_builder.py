"""One case out of a group of alerts."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rekey.alert import LEVELS, ActorRef, Alert
from rekey.canonical import events_of
from rekey.case import Abnormal, Case, CaseActor, NotEvaluable
from rekey.case_scope import Scope, read_together, scope
from rekey.case_title import title
from rekey.converters.rule import Kind, Rule
from rekey.credential_tree import CredentialTree
from rekey.enrichers.attribution import attribute
from rekey.enrichers.confidence import confidence
from rekey.enrichers.lineage import MAX_NODES, Edge, Lineage
from rekey.enrichers.owners import Owners
from rekey.event import ActorKind, WorkloadEvent, plain
from rekey.grouping import Group
from rekey.match import EXAMINED
from rekey.playbook_choice import playbooks_for
from rekey.replay import Replay
from rekey.timeline import steps


class CaseBuilder:
    """Builds the cases of one investigation.

    Args:
        replay: the evaluated replay.
        unevaluated: rules that these logs cannot decide.
        human: sessions that are a person's, with the event that says so.
    """

    def __init__(
        self,
        replay: Replay,
        owners: Owners,
        lineage: Lineage,
        unevaluated: tuple[NotEvaluable, ...],
        human: Mapping[str, WorkloadEvent],
    ) -> None:
        self._replay = replay
        self._owners = owners
        self._lineage = lineage
        self._unevaluated = unevaluated
        self._human = human

    def build(self, groups: Iterable[tuple[Group, str]]) -> Iterator[Case]:
        """Build a case of each group of alerts, with why it is opened, in the order given."""
        store, lineage = self._replay.store, self._lineage
        for scopes in read_together(scope(*one, lineage, store) for one in groups):
            wanted = {seq for one in scopes for seq in one.seqs}
            events = events_of(store, wanted, self._replay.files)
            for one in scopes:
                own = {seq: events[seq] for seq in sorted(one.seqs)}
                yield self._case(one, own)

    def _case(self, found: Scope, events: Mapping[int, WorkloadEvent]) -> Case:
        alerts, edges = [item.alert for item in found.group.items], found.edges
        alerted: dict[int, list[str]] = {}
        for alert in alerts:
            for seq in alert.seqs:
                alerted.setdefault(seq, []).append(alert.id)
        minted: dict[int, list[str]] = {}
        for edge in edges:
            minted.setdefault(edge.seq, []).append(edge.child)
        return Case(
            id=_case_id(alerts),
            title=title(alerts),
            level=max((alert.rule.level for alert in alerts), key=LEVELS.index),
            opened_because=found.why,
            confidence=confidence(alerts, edges),
            first=min(alert.first for alert in alerts),
            last=max(alert.last for alert in alerts),
            actors=self._actors(events.values(), edges, alerts),
            credentials=CredentialTree(self._replay.store, events, edges, alerts).nodes(),
            alerts=tuple(alerts),
            abnormal=self._abnormal(alerts),
            timeline=steps(list(events.values()), alerted, minted),
            targets=tuple(dict.fromkeys(target for a in alerts for target in a.targets)),
            playbooks=_playbooks(alerts),
            not_evaluable=(*self._not_evaluable(alerts), *_cut_off(found, alerts)),
            lossy=any(event.source in self._replay.loss.rebuilt for event in events.values()),
            bonds=found.group.bonds,
        )

    def _actors(
        self, events: Iterable[WorkloadEvent], edges: Sequence[Edge], alerts: Sequence[Alert]
    ) -> tuple[CaseActor, ...]:
        """Actors of the alerts first, then the others that the lineage touches."""
        by_actor: dict[str | None, list[WorkloadEvent]] = {}
        for event in events:
            by_actor.setdefault(plain(event.actor.id), []).append(event)
        alerted = [alert.actor.id for alert in alerts]
        trivial = _echoes(by_actor) | _bystanders(by_actor, alerted)
        made = []
        for actor in dict.fromkeys([*alerted, *by_actor]):
            own = by_actor.get(actor, [])
            if not own or actor in trivial:
                continue
            level, reasons = attribute(actor, own, edges, self._replay.site)
            known = self._replay.site.identity(actor)
            newest = _last_act(own).actor
            kind, told = self._kind(own)
            made.append(
                CaseActor(
                    actor=ActorRef(id=actor, kind=kind.value, name=plain(newest.name),
                                   account=plain(newest.account)),
                    attribution=level,
                    reasons=(*reasons, *told),
                    owner=self._owners.of(actor, _names(own)),
                    shared=bool(known and known.shared),
                )
            )  # fmt: skip
        return tuple(made)

    def _kind(self, own: Sequence[WorkloadEvent]) -> tuple[ActorKind, tuple[str, ...]]:
        """Say what acted; whoever acted in a person's sessions alone is that person."""
        names = dict.fromkeys(plain(event.credential.id) or "" for event in own)
        behind = [self._human[name] for name in names if name in self._human]
        if not behind or len(behind) < len(names):
            return _last_act(own).actor.kind, ()
        who = dict.fromkeys(plain(e.actor.name) or plain(e.actor.id) or "a person" for e in behind)
        return ActorKind.HUMAN, (f"its sessions were issued to a person: {', '.join(who)}",)

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


def _last_act(own: Sequence[WorkloadEvent]) -> WorkloadEvent:
    """Give the last event that was not the provider's work in somebody's name, if there is one."""
    for event in reversed(own):
        if event.actor.kind is not ActorKind.PROVIDER:
            return event
    return own[-1]


def _echoes(by_actor: Mapping[str | None, Sequence[WorkloadEvent]]) -> set[str | None]:
    """Actors that are another name for one of the others.

    Where a role of another account is assumed, both accounts log it: the caller's own names the
    credential that was presented, the other one knows the caller by an opaque id only.
    """
    presented = {
        plain(event.credential.minted_id)
        for events in by_actor.values()
        for event in events
        if plain(event.credential.id)
    } - {None}
    return {
        actor
        for actor, events in by_actor.items()
        if all(
            plain(e.credential.id) is None and plain(e.credential.minted_id) in presented
            for e in events
        )
    }


def _bystanders(
    by_actor: Mapping[str | None, Sequence[WorkloadEvent]], alerted: Sequence[str | None]
) -> set[str | None]:
    """Services of the provider that issued a credential as they always do, and raised no alert."""
    return {
        actor
        for actor, events in by_actor.items()
        if actor not in alerted and all(e.actor.kind is ActorKind.PROVIDER for e in events)
    }


def _cut_off(found: Scope, alerts: Sequence[Alert]) -> Iterator[NotEvaluable]:
    """What the case leaves out, because it is too much."""
    for alert in alerts:
        if alert.count > EXAMINED or alert.targets_total > len(alert.targets):
            of = f"the first {EXAMINED:,} of" if alert.count > EXAMINED else "all"
            named = f"{len(alert.targets):,} are named of {alert.targets_total:,}"
            if not alert.targets_total:
                named = "none is named"
            yield NotEvaluable(
                what="targets",
                reason=f"{alert.rule.path}, alert {alert.id}: {named} in {of} its"
                f" {alert.count:,} events",
            )
    if found.around.left_out:
        yield NotEvaluable(
            what="timeline",
            reason=f"{found.around.left_out:,} further acts around the alerts left out",
        )
    if len(found.made) >= MAX_NODES:
        yield NotEvaluable(
            what="credentials", reason=f"more than {MAX_NODES} were issued: the others left out"
        )


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
        return Abnormal(alert_id=alert.id, dimension=str(correlation.field), observed=alert.value or "",
                        expected=alert.expected, first_seen=alert.first, basis=basis)  # fmt: skip
    if rule.kind is Kind.DORMANT and rule.directives.dormant:
        gap = rule.directives.dormant
        return Abnormal(
            alert_id=alert.id, dimension="silence", observed=f"{alert.value} days", expected=(),
            first_seen=alert.first,
            basis=f"longer than {gap.gap} and {gap.factor:g} × the longest silence before",
        )  # fmt: skip
    if rule.kind is Kind.VALUE_COUNT:
        return Abnormal(
            alert_id=alert.id, dimension=f"different {correlation.field} at once", observed=alert.value or "",
            expected=(f"fewer than {correlation.count}",), first_seen=alert.first,
            basis=f"within {correlation.timespan // 60} minutes; the threshold of the rule",
        )  # fmt: skip
    return None


def _playbooks(alerts: Sequence[Alert]) -> tuple[str, ...]:
    ranked = sorted(alerts, key=lambda alert: -LEVELS.index(alert.rule.level))
    return tuple(dict.fromkeys(name for alert in ranked for name in playbooks_for(alert)))


def _case_id(alerts: Sequence[Alert]) -> str:
    text = "\0".join(sorted(alert.id for alert in alerts))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
