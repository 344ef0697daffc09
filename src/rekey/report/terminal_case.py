"""One case in a terminal: who, credential, abnormal, chain in words, options."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rekey.case import Case
from rekey.report.bonds import in_common
from rekey.report.brief import last_act
from rekey.report.case_view import cautions, dry_run, options
from rekey.report.chain import links
from rekey.report.deviations import deviations
from rekey.report.findings import Findings
from rekey.report.page_view import unanswered
from rekey.report.places import elsewhere, networks
from rekey.report.reach import Reached, reached, reached_besides
from rekey.report.safe_text import shorten
from rekey.report.terminal_style import LEVEL_STYLES, entry, joined, labelled, level, text
from rekey.report.words import (
    attribution,
    clock,
    duration,
    in_utc,
    kind,
    owner,
    plural,
    span,
    standing,
    standing_count,
    validity_and_use,
    when,
)

_PLACES: Final = 4
"""Networks that are named."""

_ENTRIES: Final = 8
"""Entries of one list; the rest is counted, the other reports have them."""

_FINDINGS: Final = 12
_VALUES: Final = 120
"""Characters of the values that were usual."""


def case_block(case: Case, number: int, total: int) -> RenderableType:
    """Sum up a case; ``number`` counts from 1."""
    title = joined([f"Case {number} of {total}", level(case.level), text(case.id, "dim")])
    table = labelled()
    for label, entries in _entries(case).items():
        if entries:
            rest = len(entries) - _ENTRIES
            more = [Text(f"and {rest:,} more", style="dim")] if rest > 0 else []
            table.add_row(label, Group(*entries[:_ENTRIES], *more))
    return Group(
        Rule(title, style=LEVEL_STYLES[case.level], align="left"),
        text(case.title, "bold", 400),
        Padding(table, (1, 0, 1, 0)),
    )


def _entries(case: Case) -> dict[str, Sequence[RenderableType]]:
    """Give the labelled lists of a case, in the order in which a responder reads them."""
    findings = Findings(case.alerts)
    alerted = f"{span(case.first, case.last)} UTC, {duration(case.last - case.first)}"
    end = last_act(case)
    later = [f"last act {when(end)}"] if in_utc(end) > in_utc(case.last) else []
    return {
        "When": [joined([alerted, *later], "; ")],
        "From": _from(case),
        "Because": [
            entry(text(case.opened_because), Text(f"confidence {case.confidence.score} of 100"))
        ],
        "Who": _who(case),
        "Credential": _standing(case),
        "Abnormal": _abnormal(case),
        "Chain": _chain(case),
        "One case": _in_common(case, findings),
        "Findings": [_findings(findings)],
        "Reach": _reach(reached(case)),
        "And besides": _reach(reached_besides(case)),
        "Options": _options(case, findings),
        "Caution": [
            entry(text(caution.subject or "this case"), text(caution.text, "yellow"))
            for caution in cautions(case)
        ],
        "In the SIEM": [
            entry(
                joined([text(f"{raised.siem}:"), text(raised.rule, "bold")]),
                text(f"{span(raised.time, raised.time)}, {raised.because}", "dim"),
            )
            for raised in case.siem_alerts
        ],
        "Unanswered": [
            entry(text(", ".join(group.questions)), text(group.reason, "dim"))
            for group in unanswered(case.not_evaluable)
        ],
    }


def _from(case: Case) -> list[RenderableType]:
    """Name where acts came from, alerted ones first; nothing where the logs name nothing."""
    told: list[RenderableType] = []
    for places, said in ((networks(case), ""), (elsewhere(case), "without an alert: ")):
        rest = len(places) - _PLACES
        named = [*places[:_PLACES], *([f"and {rest:,} more"] if rest > 0 else [])]
        if named:
            told.append(joined([said, joined([text(one) for one in named], ", ")], ""))
    return told


def _who(case: Case) -> list[RenderableType]:
    """Name who acted; why an attribution holds is told where it is not proven."""
    found: list[RenderableType] = []
    for actor in case.actors:
        id, called = actor.actor.id or "no id logged", actor.actor.name
        # Of an entity id or a hash nobody knows whose it is.
        name = (
            [text(called, "bold"), text(id, "dim")]
            if called and called not in id
            else [text(id, "bold")]
        )
        owned = text(owner(actor.owner), "" if actor.owner else "yellow")
        shared = [Text("shared", style="yellow")] if actor.shared else []
        proven = actor.attribution == "proven"
        known = [text("proven", "dim")] if proven else []
        why = [] if proven else [text(attribution(actor), "dim")]
        found.append(entry(joined([*name, owned, *shared, *known], " · "), *why))
    return found or [Text("no identity is named: unknown owner", style="yellow")]


def _in_common(case: Case, findings: Findings) -> list[RenderableType]:
    """Say why its alerts are one case."""
    return [
        entry(
            joined([text(one.what), text(one.name, "bold")]),
            text(f"{one.how}: {one.where}", "dim"),
        )
        for one in in_common(case, findings)
    ]


def _standing(case: Case) -> list[RenderableType]:
    """Say which credentials a response must reach, before how they hang together."""
    if not case.credentials:
        return [Text("the logs name none")]
    valid = standing(case)
    found: list[RenderableType] = [Text(standing_count(case))]
    for node in valid:
        head = joined([text(kind(node.credential)), text(node.credential.id or "no id", "bold")])
        found.append(
            entry(head, text(validity_and_use(node), "yellow" if node.validity == "valid" else ""))
        )
    return found


def _abnormal(case: Case) -> list[RenderableType]:
    return [
        joined([
            joined([text(f"{way.dimension}:"), text(", ".join(way.observed), "bold")]),
            text(f"expected: {_named(way.expected) or 'nothing'}", "dim"),
            text(way.basis, "dim"),
        ], " · ")
        for way in deviations(case.abnormal)
    ]  # fmt: skip


def _named(values: Sequence[str]) -> str:
    """Name as many values as are short enough together, at least one, and count the rest."""
    named = [shorten(value, _VALUES) for value in values[:1]]
    for value in values[1:]:
        if len(", ".join([*named, value])) > _VALUES:
            break
        named.append(value)
    rest = len(values) - len(named)
    return ", ".join(named) + (f", and {rest:,} more" if rest else "")


def _chain(case: Case) -> list[RenderableType]:
    chain = links(case.credentials)
    told: list[RenderableType] = []
    for place, link in enumerate(chain):
        sure = [Text(f"→ {link.sure}", style="dim")] if link.sure else []
        step = joined([*sure, text(link.kind), text(link.id, "bold")])
        told.append(Padding(step, (0, 0, 0, min(place, 8))))
    rest = len(case.credentials) - len(chain)
    return told + ([Text(f"and {plural(rest, 'more credential')}", style="dim")] if rest else [])


def _findings(findings: Findings) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(justify="right", no_wrap=True, style="dim")
    for found in findings.in_order[:_FINDINGS]:
        mark = joined([level(found.rule.level, word=False), f"{found.number}"])
        table.add_row(mark, text(found.rule.title), f"{found.events:,} ×", clock(found.first))
    rest = len(findings.in_order) - _FINDINGS
    return Group(table, Text(f"and {rest:,} more", style="dim")) if rest > 0 else table


def _reach(groups: Sequence[Reached]) -> list[RenderableType]:
    found: list[RenderableType] = []
    for group in groups:
        rest = len(group.targets) - 4
        more = [f"and {rest:,} more"] if rest > 0 else []
        targets = joined([*(text(one, limit=120) for one in group.targets[:4]), *more], ", ")
        acts = f"{', '.join(group.actions)}: {group.outcomes}"
        found.append(entry(targets, text(acts, "yellow" if group.refused else "dim")))
    return found


def _options(case: Case, findings: Findings) -> list[RenderableType]:
    said = []
    for option in options(case, findings)[:_ENTRIES]:
        numbers = f" for {option.findings}" if option.findings else ""
        said.append(joined([text(option.playbook, "bold"), Text(numbers, style="dim")], ""))
    if not said:
        return [Text("no playbook fits")]
    return [joined(said, ", "), text(f"dry run: {dry_run(case)}", "dim", 200)]
