"""Alerts that a SIEM has raised already, and the cases to which they belong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rekey.case import Case, SiemAlert

NEAR: Final = timedelta(hours=24)
"""How far from a case an alert may lie that names nobody but its actor."""


@dataclass(frozen=True)
class Raised:
    """An alert as a SIEM keeps it.

    Attributes:
        values: every text in it, by which it may be told what it is about.
    """

    siem: str
    id: str
    rule: str
    rule_id: str | None
    time: datetime
    values: frozenset[str]


def join(case: Case, raised: Iterable[Raised]) -> Case:
    """Give a case with the alerts that name its events, credentials or actors."""
    found = tuple(_belonging(case, sorted(raised, key=lambda one: (one.time, one.id))))
    return case.model_copy(update={"siem_alerts": found}) if found else case


def _belonging(case: Case, raised: Iterable[Raised]) -> Iterator[SiemAlert]:
    events = {event for step in case.timeline for event in step.event_ids}
    credentials = {node.credential.id for node in case.credentials}
    actors = {one.actor.id for one in case.actors if not one.shared}
    for one in raised:
        near = case.first - NEAR <= one.time <= case.last + NEAR
        if one.values & events:
            because = "it names an event of the case"
        elif near and one.values & credentials:
            because = "it names a credential of the case"
        elif near and one.values & actors:
            because = "it names an actor of the case"
        else:
            continue
        yield SiemAlert(
            siem=one.siem, id=one.id, rule=one.rule, rule_id=one.rule_id, time=one.time,
            because=because,
        )  # fmt: skip
