"""``rekey replay``: logs in, alerts out."""

import time
from typing import TYPE_CHECKING, Any, Final

import click

from rekey.cli.run_options import RunOptions, exit_code, fail_on_option, opened, run_options, say
from rekey.cli.terminal import cell, console

if TYPE_CHECKING:
    from rekey.outcome import Outcome
    from rekey.replay import Replay

LISTED: Final = 3
"""Identities that are named on a terminal."""

NAMED: Final = 100
"""Characters of each."""


@click.command()
@run_options
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson"]), default="table")
@fail_on_option
def replay(form: str, fail_on: str | None, **options: Any) -> int:
    """Run the rules over audit logs and list the alerts.

    PATH is a file, a folder, a quoted glob, or - for standard input. Logs may be NDJSON, JSON
    arrays, CloudTrail's {"Records": […]}, Kubernetes EventLists, exports of CloudWatch, Splunk,
    Elasticsearch or Azure (also as CSV, where a column holds the record as it was logged), plain or
    compressed with gzip or zstd. What cannot be read is counted and set aside; the rest is
    processed, and exit code 4 says so.
    """
    started = time.monotonic()
    with opened(RunOptions(**options)) as run:
        outcome = run.evaluate()
        say(outcome.expired)
        code = exit_code(run, outcome.alerts, fail_on)
        if form == "table":
            _print_table(run, outcome, time.monotonic() - started)
        else:
            _print_json(outcome, lines=form == "ndjson")
    return code


def _print_table(run: "Replay", outcome: "Outcome", seconds: float) -> None:
    from rekey.case import NotEvaluable
    from rekey.report.terminal import alerts_table, replay_summary
    from rekey.report.words import plural

    out = console()
    if outcome.alerts:
        out.print(alerts_table(outcome.alerts))
    questions = [NotEvaluable(what=w, reason=r) for w, r in outcome.not_evaluable.items()]
    partly = [
        NotEvaluable(what=path, reason=f"in part: {gap}")
        for path, gaps in outcome.in_part.items()
        for gap in gaps
    ]
    out.print(
        replay_summary(
            alerts=outcome.alerts,
            events=sum(source.events for source in outcome.sources),
            rejected=outcome.rejected,
            first_rejected=outcome.first_rejected,
            kept=run.log.path,
            rules=len(run.rules.rules) - len(questions),
            seconds=seconds,
            not_evaluable=[*questions, *partly],
            habits=outcome.habits,
            site=outcome.site,
        )
    )
    outside = sum(source.dropped for source in outcome.sources)
    if outside and run.time_to:
        out.print(f"{plural(outside, 'event')} left out: duplicates, or not before --to")
    _print_learning(outcome)


def _print_learning(outcome: "Outcome") -> None:
    """Say whose baselines cannot raise an alert yet: their silence proves nothing."""
    from rekey.report.safe_text import shorten
    from rekey.report.words import plural

    if not outcome.learning:
        return
    out = console()
    young = dict.fromkeys(identity for _, identity in outcome.learning)
    mature = len({identity for _, identity in outcome.mature} - young.keys())
    out.print(
        f"{plural(len(young), 'identity is', 'identities are')} still learning, {mature} mature"
        " (--state FILE keeps what they learn; --format json lists all)"
    )
    for identity in [*young][:LISTED]:
        out.print(cell(f"  learning: {shorten(identity, NAMED)}"))
    if len(young) > LISTED:
        out.print(f"  and {len(young) - LISTED:,} more")


def _print_json(outcome: "Outcome", *, lines: bool) -> None:
    from rekey.report.json_file import alerts_ndjson
    from rekey.report.replay_json import outcome_json

    if lines:
        for line in alerts_ndjson(outcome.alerts):
            click.echo(line, nl=False)
    else:
        click.echo(outcome_json(outcome), nl=False)
