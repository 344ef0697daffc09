"""One case, made ready for the templates: what they show beyond the case's own fields."""

from dataclasses import dataclass

from rekey.case import Case, CredentialNode
from rekey.playbook_choice import playbooks_for
from rekey.report import lineage_svg, timeline_svg
from rekey.report.bonds import InCommon, in_common
from rekey.report.brief import Brief, brief
from rekey.report.chain import Link, links, minting_events
from rekey.report.deviations import Deviation, deviations
from rekey.report.findings import Findings, label
from rekey.report.reach import Reached, reached, reached_besides
from rekey.report.steps import Run, runs, telling
from rekey.report.words import standing


@dataclass(frozen=True)
class Option:
    """A playbook, and the numbers of the findings that ask for it."""

    playbook: str
    findings: str


@dataclass(frozen=True)
class Caution:
    """What a responder must not overlook, said of an identity or of the case (``None``)."""

    subject: str | None
    text: str


@dataclass(frozen=True)
class CaseView:
    """A case with its numbers, pictures and folded steps.

    Attributes:
        anchor: unique on the page.
        left_out: how many steps the page has no room for.
        dry_run: see :func:`dry_run`.
    """

    case: Case
    brief: Brief
    number: int
    anchor: str
    findings: Findings
    lineage: lineage_svg.Lineage | None
    timeline: timeline_svg.Timeline | None
    chain: list[Link]
    runs: list[Run]
    left_out: int
    deviations: list[Deviation]
    reached: list[Reached]
    besides: list[Reached]
    options: list[Option]
    dry_run: str
    standing: tuple[CredentialNode, ...]
    cautions: list[Caution]
    in_common: list[InCommon]


def view(case: Case, number: int, raw_budget: int, most: int) -> CaseView:
    """Prepare a case.

    Args:
        case: a case.
        number: its place in the report, from 1.
        raw_budget: characters of raw records that it may show.
        most: steps that it may list.
    """
    findings = Findings(case.alerts)
    listed = telling(case.timeline, findings, most)
    return CaseView(
        case=case,
        brief=brief(case, findings),
        number=number,
        anchor=f"case-{number}",
        findings=findings,
        lineage=lineage_svg.draw(case.credentials, findings),
        timeline=timeline_svg.draw(case.timeline, findings, case.credentials),
        chain=links(case.credentials),
        runs=runs(listed, findings, minting_events(case.credentials), raw_budget),
        left_out=len(case.timeline) - len(listed),
        deviations=deviations(case.abnormal),
        reached=reached(case),
        besides=reached_besides(case),
        options=options(case, findings),
        dry_run=dry_run(case),
        standing=standing(case),
        cautions=cautions(case),
        in_common=in_common(case, findings),
    )


def options(case: Case, findings: Findings) -> list[Option]:
    """List the playbooks of a case with the findings that ask for each."""
    found = []
    for playbook in case.playbooks:
        asking = [
            one
            for one in findings.in_order
            if any(playbook in playbooks_for(alert) for alert in one.alerts)
        ]
        found.append(Option(playbook, label(asking)))
    return found


def dry_run(case: Case) -> str:
    """Give the command that shows what the playbooks would do; a case's id is plain."""
    return f"rekey contain plan report.json --case {case.id}"


def cautions(case: Case) -> list[Caution]:
    """Say what a responder must not overlook before acting."""
    said = []
    for actor in case.actors:
        subject = actor.actor.id or "an identity without an id"
        if actor.attribution in ("ambiguous", "unknown"):
            text = (
                f"Who it is remains {actor.attribution}: contain it only after a person confirms."
            )
            said.append(Caution(subject, text))
        if actor.shared:
            said.append(Caution(subject, "It is shared: a cut stops every workload that uses it."))
    if case.lossy:
        text = "These events come from a SIEM that does not keep the original records."
        said.append(Caution(None, text))
    return said
