"""Investigate: alerts and context → cases, in the order in which a responder reads them."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime

from rekey import __version__
from rekey.alert import LEVELS, Alert
from rekey.canonical import events_of
from rekey.case import InputDigest, Investigation, NotEvaluable, RejectedRecord
from rekey.case_builder import CaseBuilder
from rekey.converters.duckdb.condition import fields
from rekey.database import SuspectSegment
from rekey.enrichers.lineage import Lineage
from rekey.enrichers.owners import Owners
from rekey.enrichers.persons import issues, persons
from rekey.enrichers.readiness import readiness
from rekey.errors import InputError
from rekey.event import ActorKind, WorkloadEvent
from rekey.grouping import Group, group, opens_case
from rekey.involved import Involved, involve
from rekey.outcome import Outcome
from rekey.raised import join
from rekey.replay import Replay
from rekey.sources.digest import digest
from rekey.sources.interface import InputFile


def investigate(replay: Replay, owners: Owners, now: datetime) -> Investigation:
    """Evaluate what a replay has read, and build its cases.

    Args:
        replay: opened with ``lineage=True``, inputs read.
        owners: who owns which identity.
        now: the time of this investigation, for the report and for clocks that are ahead.
    """
    while True:
        try:
            return _investigated(replay, owners, now)
        except SuspectSegment as error:  # of what surrounds an alert, no rule may have asked
            replay.load_again(error)


def _investigated(replay: Replay, owners: Owners, now: datetime) -> Investigation:
    outcome = replay.evaluate()
    lineage = Lineage(replay.store)
    events = events_of(
        replay.store, {seq for alert in outcome.alerts for seq in alert.seqs}, replay.files
    )
    involved = [
        involve(alert, [events[seq] for seq in alert.seqs], lineage, replay.site)
        for alert in outcome.alerts
    ]
    sessions = issues((name for item in involved for name in item.used), lineage)
    issuing = {edge.seq for edges in sessions.values() for edge in edges}
    human = persons(sessions, events_of(replay.store, issuing, replay.files))
    involved = [_known_better(item, human, replay) for item in involved]
    builder = CaseBuilder(replay, owners, lineage, _reasons(outcome), human)
    opened: list[tuple[Group, str]] = []
    others: list[Alert] = []
    for found in group(involved):
        if why := opens_case(found.items):
            opened.append((found, why))
        else:
            others += [item.alert for item in found.items]
    cases = [join(case, replay.raised) for case in builder.build(opened)]
    cases.sort(key=lambda one: (-LEVELS.index(one.level), -one.confidence.score, one.first))
    return Investigation(
        tool_version=__version__,
        ruleset_digest=replay.rules.digest,
        rules=len(replay.rules.rules),
        started=now,
        time_range=_range(outcome),
        reported_from=replay.time_from,
        inputs=tuple(_inputs(replay)),
        rejected=outcome.rejected,
        first_rejected=tuple(RejectedRecord(**asdict(one)) for one in outcome.first_rejected),
        readiness=readiness(replay.store, now),
        cases=tuple(cases),
        other_alerts=tuple(others),
        habits=outcome.habits,
        not_evaluable=_reasons(outcome),
        learning=tuple(f"{identity} ({path})" for path, identity in outcome.learning),
        exceptions_judged_on=outcome.judged_on,
        expired_exceptions=outcome.expired,
        site_in_force=outcome.site,
    )


def _known_better(item: Involved, human: Mapping[str, WorkloadEvent], replay: Replay) -> Involved:
    """Say of an alert on a person's sessions that it is a person's.

    A rule that is about workloads found it because it did not know: that opens no case by itself.
    """
    if not item.used or not human.keys() >= set(item.used):
        return item
    person = item.alert.actor.model_copy(update={"kind": ActorKind.HUMAN.value})
    bases = replay.rules[item.alert.rule.path].bases
    mistaken = any("actor.kind" in fields(base.condition) for base in bases)
    alert = item.alert.model_copy(update={"actor": person})
    return replace(item, alert=alert, mistaken=mistaken)


def _reasons(outcome: Outcome) -> tuple[NotEvaluable, ...]:
    wholly = outcome.not_evaluable.items()
    partly = ((path, f"in part: {gap}") for path, gaps in outcome.in_part.items() for gap in gaps)
    return tuple(NotEvaluable(what=path, reason=why) for path, why in (*wholly, *partly))


def _range(outcome: Outcome) -> tuple[datetime, datetime] | None:
    firsts = [s.first for s in outcome.sources if s.first]
    lasts = [s.last for s in outcome.sources if s.last]
    return (min(firsts), max(lasts)) if firsts and lasts else None


def _digest(file: InputFile) -> str:
    """Give the digest of an input; the findings stand without it, where the file has gone since."""
    try:
        return digest(file)
    except InputError:
        return "unknown: the file can no longer be read"


def _inputs(replay: Replay) -> list[InputDigest]:
    events = replay.store.records_by_file()
    return [
        InputDigest(
            path=file.path,
            sha256=_digest(file),
            size=file.size,
            events=events.get(file.number, 0),
            rejected=replay.log.count_of(file.path),
        )
        for file in replay.files.values()
    ]
