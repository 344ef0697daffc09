"""A case in ten seconds: who, with what, since when, from where, what still works, what is next."""

from dataclasses import dataclass
from datetime import datetime

from rekey.alert import LEVELS, Alert
from rekey.case import Case, CaseActor, CredentialNode
from rekey.case_title import name
from rekey.report.findings import Finding, Findings
from rekey.report.places import elsewhere, networks
from rekey.report.words import in_utc, plural, standing

_WORST = 3


@dataclass(frozen=True)
class Brief:
    """What a reader asks first.

    Attributes:
        who: the identity that the first alert of weight is about; ``None`` if none is named.
        name: what it is called.
        others: how many further identities acted.
        credential: what it acted with; ``None`` if the log names none.
        worst: the gravest findings, in the order in which they began.
        more: how many findings there are besides.
        first: when it began.
        last: the last act that belongs to it, be it long after the last alert.
        networks: where alerted acts came from, the most frequent first.
        elsewhere: further networks from which its credentials were used since.
        works: credentials that still worked when the logs ended.
        may_work: credentials of which the logs do not tell it.
        ended: how many had expired or been revoked by then.
        next_steps: what to do next, in order.
    """

    who: CaseActor | None
    name: str
    others: int
    credential: CredentialNode | None
    worst: tuple[Finding, ...]
    more: int
    first: datetime
    last: datetime
    networks: tuple[str, ...]
    elsewhere: tuple[str, ...]
    works: tuple[CredentialNode, ...]
    may_work: tuple[CredentialNode, ...]
    ended: int
    next_steps: tuple[str, ...]


def brief(case: Case, findings: Findings) -> Brief:
    """Sum up a case."""
    alert = opening(case)
    who = next((one for one in case.actors if one.actor.id == alert.actor.id), None)
    worst = worst_findings(findings)
    at_large = standing(case)
    return Brief(
        who=who,
        name=name(alert.actor),
        others=len(case.actors) - (who is not None),
        credential=next(
            (node for node in case.credentials if node.credential.id == alert.credential.id), None
        ),
        worst=worst,
        more=len(findings.in_order) - len(worst),
        first=case.first,
        last=last_act(case),
        networks=networks(case),
        elsewhere=elsewhere(case),
        works=tuple(node for node in at_large if node.validity == "valid"),
        may_work=tuple(node for node in at_large if node.validity != "valid"),
        ended=sum(node.has_ended for node in case.credentials),
        next_steps=tuple(next_steps(case)),
    )


def opening(case: Case) -> Alert:
    """Give the alert with which the abuse began: the first one of weight."""
    return next(
        (a for a in case.alerts if LEVELS.index(a.rule.level) >= LEVELS.index("medium")),
        case.alerts[0],
    )


def worst_findings(findings: Findings) -> tuple[Finding, ...]:
    """Pick the gravest findings, and give them in the order in which they began."""
    graded = sorted(findings.in_order, key=lambda one: -LEVELS.index(one.rule.level))
    return tuple(sorted(graded[:_WORST], key=lambda one: one.number))


def last_act(case: Case) -> datetime:
    """Give the last act that belongs to a case, be it long after the last alert."""
    return max([*(step.until or step.time for step in case.timeline), case.last], key=in_utc)


def next_steps(case: Case) -> list[str]:
    """Say what to do next, from what the case knows."""
    steps = []
    works = sum(node.validity == "valid" for node in standing(case))
    may = len(standing(case)) - works
    if works:
        steps.append(f"End what still works: {plural(works, 'credential')}, named above.")
    if may:
        steps.append(f"Check what may still work, and end it: {plural(may, 'credential')}.")
    if case.playbooks:
        others = ", then the others under Options" if len(case.playbooks) > 1 else ""
        steps.append(f"Follow the playbook {case.playbooks[0]}{others}.")
    owners = dict.fromkeys(who.owner.contact or who.owner.owner for who in case.actors if who.owner)
    if owners:
        steps.append(f"Tell the owners: {', '.join(list(owners)[:4])}.")
    unowned = sum(who.owner is None for who in case.actors)
    if unowned:
        steps.append(f"Find the owners of {plural(unowned, 'identity', 'identities')}.")
    return steps
