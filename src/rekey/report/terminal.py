"""The report in a terminal: renderables for a rich console, good from 80 columns up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rekey.alert import Alert
from rekey.case import Investigation, NotEvaluable, RejectedRecord
from rekey.habit import Habit
from rekey.report.overview import in_full
from rekey.report.page_view import AlertGroup, groups, unanswered
from rekey.report.terminal_case import case_block
from rekey.report.terminal_overview import further_cases, subjects_table
from rekey.report.terminal_style import joined, labelled, level, lines, short, text
from rekey.report.words import (
    by_weight,
    caveat,
    duration,
    first_rejected,
    levels,
    plural,
    rejection,
    span,
    verdict,
    when,
)
from rekey.sources.interface import Rejected

IN_FULL: Final = 10
"""Cases that are told in full; of others it is said whom they are about, and since when."""

_ROWS: Final = 100
_REASONS: Final = 8
_HABITS: Final = 10
_WHOLE: Final = 2_000
"""Characters of an exception of the site file: its rule and owner stand at the end."""
_MANY: Final = 10_000
"""Below, what is measured is how long it takes to begin."""


def summary(found: Investigation, kept: Path | None = None) -> RenderableType:
    """Sum up an investigation, the most pressing first; ``kept`` holds what could not be read."""
    blocks: list[RenderableType] = [_headline(found), Text()]
    total, told = len(found.cases), in_full(found.cases, IN_FULL)
    if total > IN_FULL:
        blocks += [Rule("Whom they are about", style="dim", align="left")]
        blocks += [subjects_table(found.cases), Text()]
    blocks += [
        case_block(case, place, total) for place, case in enumerate(found.cases, 1) if place in told
    ]
    if total > IN_FULL:
        blocks += [Rule("Further cases", style="dim", align="left")]
        blocks += [further_cases(found.cases, told)]
    if found.other_alerts:
        blocks += [Rule("Other alerts", style="dim", align="left"), _other_alerts(found)]
    if found.habits:
        blocks += [Rule("Habits", style="dim", align="left"), habits_table(found.habits)]
    blocks += [Rule("Logs", style="dim", align="left"), _logs(found, kept)]
    return Group(*blocks)


def alerts_table(alerts: Iterable[Alert], limit: int = _ROWS) -> Table:
    """List alerts, the worst first; beyond ``limit`` they are counted in the caption."""
    ordered = sorted(alerts, key=by_weight)
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, header_style="dim")
    table.add_column("Level", no_wrap=True)
    table.add_column("Alert, actor, credential", ratio=1, overflow="fold")
    table.add_column("First, events", justify="right", no_wrap=True)
    for alert in ordered[:limit]:
        lasted = f" in {duration(alert.last - alert.first)}" if alert.last > alert.first else ""
        who = short(alert.actor.id or "no actor logged", 60)
        what = short(alert.credential.id or "no credential logged", 28)
        table.add_row(
            level(alert.rule.level),
            lines([
                text(alert.rule.title, "bold"),
                joined([who, what], " · "),
                *([_touched(alert)] if alert.targets else []),
                text(alert.rule.path, "dim"),
            ]),
            lines([Text(when(alert.first)), Text(f"{alert.count:,} ×{lasted}", style="dim")]),
        )  # fmt: skip
    if len(ordered) > limit:
        table.caption = Text(f"and {plural(len(ordered) - limit, 'more alert')}")
    return table


def _touched(alert: Alert) -> Text:
    """Name the first target, and count the others."""
    total = max(alert.targets_total, len(alert.targets))
    more = f"and {total - 1:,} more" if total > 1 else ""
    return joined([Text("on"), short(alert.targets[0], 60), more])


def replay_summary(
    *,
    alerts: Sequence[Alert],
    events: int,
    rejected: Mapping[str, int],
    first_rejected: Sequence[RejectedRecord | Rejected] = (),
    kept: Path | None = None,
    rules: int,
    seconds: float | None = None,
    not_evaluable: Sequence[NotEvaluable] = (),
    habits: Sequence[Habit] = (),
    site: Sequence[str] = (),
) -> RenderableType:
    """Sum up a replay.

    Args:
        alerts: what the rules found.
        events: number of events that were read.
        rejected: reason → number of records that could not be read.
        first_rejected: the first of each reason.
        kept: the file that holds them.
        rules: number of rules that ran.
        seconds: how long it took, where that is worth saying.
        not_evaluable: rules that these logs cannot answer.
        habits: alerts that say nothing new, folded.
        site: what the site file leaves out and changes, in words.
    """
    graded = levels([alert.rule.level for alert in alerts])
    head = plural(len(alerts), "alert") + (f": {graded}" if graded else "")
    read = f"{plural(events, 'event')} read, {plural(rules, 'rule')} ran"
    if seconds:
        rate = f" ({events / seconds:,.0f} events/s)" if events >= _MANY else ""
        read += f" in {seconds:.1f} s{rate}"
    parts: list[RenderableType] = [Text(head, style="bold"), Text(read, style="dim")]
    table = labelled(18)
    if habits:
        told = (
            f"{plural(len(habits), 'habit')}, {plural(sum(one.alerts for one in habits), 'alert')}"
            " that say nothing new about their identity (--format json lists them)"
        )
        table.add_row("folded", text(told, limit=200))
    _add_site(table, site)
    _add_rejected(table, rejected, first_rejected, kept)
    _add_unanswered(table, not_evaluable)
    return Group(*parts, table) if table.row_count else Group(*parts)


def _headline(found: Investigation) -> RenderableType:
    raised = sum(len(case.alerts) for case in found.cases)
    events = plural(sum(file.events for file in found.inputs), "event")
    counts = [
        plural(len(found.cases), "case"),
        f"{plural(raised + len(found.other_alerts), 'alert')} ({raised:,} in cases)",
        f"{events} in {plural(len(found.inputs), 'file')}",
        f"{sum(found.rejected.values()):,} rejected",
        plural(found.rules, "rule"),
    ]
    ranged = f", logs from {span(*found.time_range)} UTC" if found.time_range else ""
    if found.reported_from:
        ranged += f", reported from {when(found.reported_from)} on"
    said = [text(f"rekey {found.tool_version}{ranged}", "dim"), Text(verdict(found), style="bold")]
    if caveat(found):
        said.append(text(caveat(found), "yellow", 400))
    return Group(*said, Text(" · ".join(counts), style="dim"))


def habits_table(habits: Sequence[Habit], limit: int = _HABITS) -> Table:
    """List habits, those of the worst level first; beyond ``limit`` they are counted."""
    ordered = sorted(habits, key=lambda habit: by_weight(habit.alert))
    table = Table(box=None, show_header=False, expand=True, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for habit in ordered[:limit]:
        alert = habit.alert
        table.add_row(
            level(alert.rule.level),
            lines([
                joined([text(alert.rule.path), short(alert.actor.id or "no actor logged", 60)], " · "),
                text(habit.because, "dim"),
            ]),
            lines([
                Text(plural(habit.alerts, "alert")),
                Text(f"{plural(habit.days, 'day')} since {habit.since}", style="dim"),
            ]),
        )  # fmt: skip
    if len(ordered) > limit:
        table.caption = Text(f"and {plural(len(ordered) - limit, 'more habit')}")
    return table


def _other_alerts(found: Investigation) -> Table:
    table = Table(box=None, show_header=False, expand=True, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for group in groups(found.other_alerts)[:_ROWS]:
        actors = {alert.actor.id for alert in group.alerts}
        table.add_row(
            level(group.rule.level),
            lines([text(group.rule.title), *_first(group), text(group.rule.path, "dim")]),
            Text(f"{plural(len(group.alerts), 'alert')}, {plural(len(actors), 'actor')}"),
        )
    return table


def _first(group: AlertGroup) -> list[Text]:
    """Say of the first alert of a group who it was and when, and what was touched."""
    alert = group.alerts[0]
    who = short(alert.actor.id or "no actor logged", 60)
    began = text(f"first {when(alert.first)}" if len(group.alerts) > 1 else when(alert.first))
    person = [text("a person", "dim")] if alert.actor.kind == "human" else []
    return [joined([who, *person, began], " · "), *([_touched(alert)] if alert.targets else [])]


def _logs(found: Investigation, kept: Path | None) -> Table:
    table = labelled(18)
    for source in found.readiness:
        if not source.present or source.first is None or source.last is None:
            table.add_row(text(source.source), Text("missing", style="yellow"))
            continue
        told = [Text(f"{plural(source.events, 'event')}, {span(source.first, source.last)}")]
        if source.gaps:
            told.append(_gaps(source.gaps))
        told += [text(note, "dim") for note in source.notes[:_REASONS]]
        table.add_row(text(source.source), lines(told))
    _add_rejected(table, found.rejected, found.first_rejected, kept)
    _add_unanswered(table, found.not_evaluable)
    if found.learning:
        count = plural(len(found.learning), "identity is", "identities are")
        table.add_row("learning", Text(f"{count} too young for a baseline: first-seen rules wait"))
    _add_site(table, found.site_in_force)
    if found.expired_exceptions:
        ended = [text(note, "yellow", 400) for note in found.expired_exceptions[:_REASONS]]
        table.add_row("exceptions", lines(ended))
    table.add_row("ruleset", text(f"{found.ruleset_digest[:16]}, ran {when(found.started)} UTC"))
    return table


def _gaps(gaps: Sequence[tuple[datetime, datetime]]) -> Text:
    """Tell the longest quiet stretch, and count the others."""
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    longest = f"{span(start, end)}, {duration(end - start)}"
    told = f"{len(gaps):,} gaps, the longest {longest}" if len(gaps) > 1 else f"gap {longest}"
    return Text(told, style="yellow")


def _add_site(table: Table, told: Sequence[str]) -> None:
    """Say what the site file left out: no alert of it is to be seen."""
    if told:
        rest = len(told) - _REASONS
        more = [Text(f"and {rest:,} more", style="dim")] if rest > 0 else []
        table.add_row(
            "site file", lines([*(text(one, limit=_WHOLE) for one in told[:_REASONS]), *more])
        )


def _add_rejected(
    table: Table,
    rejected: Mapping[str, int],
    firsts: Sequence[RejectedRecord | Rejected],
    kept: Path | None,
) -> None:
    """Count unreadable records by reason, the most frequent first, and say where the first stands."""
    if not rejected:
        return
    where = {str(one.reason): first_rejected(one) for one in firsts}
    told: list[Text] = []
    for reason, count in sorted(rejected.items(), key=lambda item: (-item[1], item[0])):
        told.append(text(f"{count:,} × {rejection(reason)}"))
        if reason in where:
            told.append(text(f"  first {where[reason]}", "dim", 200))
    told.append(text(f"kept in {kept}" if kept else "--rejects FILE keeps them", "dim", 200))
    table.add_row("rejected", lines(told))


def _add_unanswered(table: Table, questions: Iterable[NotEvaluable]) -> None:
    """Fold what could not be answered to a count for each reason."""
    found = unanswered(questions)
    if found:
        told = [
            joined([f"{len(group.questions):,} ×", text(group.reason)])
            for group in found[:_REASONS]
        ]
        if len(found) > _REASONS:
            told.append(Text(f"and {plural(len(found) - _REASONS, 'more reason')}", style="dim"))
        table.add_row("not evaluable", lines(told))
