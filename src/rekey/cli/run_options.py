"""Options of the commands that read logs, and how they are carried out."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rekey.cli.options import all_packs, check_writable, pack_option, site_option
from rekey.cli.servers import ca_option
from rekey.cli.terminal import visible
from rekey.errors import ExitCode, InputError, RekeyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rekey.alert import Alert
    from rekey.replay import Replay

LEVELS = ("informational", "low", "medium", "high", "critical")


_YEARS: Final = (1990, 2200)
"""No log is older, or newer."""


class Moment(click.ParamType[datetime]):
    """A point in time: ISO 8601, UTC where no offset is given."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a time."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            if not _YEARS[0] <= moment.year <= _YEARS[1]:
                self.fail(f"{value!r} lies outside {_YEARS[0]} to {_YEARS[1]}", param, ctx)
            return moment
        except (ValueError, OverflowError):  # a time in year 1 may lie before it elsewhere
            self.fail(f"{value!r} is no time such as 2026-11-03 or 2026-11-03T14:00Z", param, ctx)


class Ago(click.ParamType[timedelta]):
    """A span of time before now."""

    name = "SPAN"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a span."""
        from rekey.sources.live import span

        if isinstance(value, timedelta):
            return value
        try:
            return span(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Namespace(click.ParamType[str]):
    """The last part of a data stream's name, or ``*`` for any."""

    name = "namespace"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what would ask for other indices."""
        if not re.fullmatch(r"\*|[a-z0-9_.]{1,100}", str(value)):
            self.fail(f"{value!r} is no namespace: lower-case letters, digits, _ and .", param, ctx)
        return str(value)


@dataclass(frozen=True)
class RunOptions:
    """What the user said about one reading of logs."""

    paths: tuple[str, ...]
    rules: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    site_file: Path | None = None
    state: Path | None = None
    source: str | None = None
    rejects: Path | None = None
    time_from: datetime | None = None
    time_to: datetime | None = None
    lineage: bool = False
    ours: tuple[Path, ...] = ()
    elastic: str | None = None
    namespace: str | None = None
    splunk: str | None = None
    since: timedelta | None = None
    ca: Path | None = None

    @property
    def is_live(self) -> bool:
        """Whether a server is asked."""
        return bool(self.elastic or self.splunk)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that ``replay`` and ``investigate`` share."""
    decorators = (
        click.argument("paths", nargs=-1, metavar="[PATH]..."),
        click.option("--rules", "rules", multiple=True, metavar="RULE",
                     help="Only these rules: a path (aws/…), a product, a file or a folder."),
        pack_option,
        site_option,
        click.option("--state", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                     help="Keep what first-seen and dormant rules learn: read before, written "
                     "after. Learn on last month, hunt today."),
        click.option("--source", metavar="NAME",
                     help="Force the log source (such as aws_cloudtrail) instead of recognising it."),
        click.option("--rejects", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                     help="Keep records that could not be read, each with its file and its number there."),
        click.option("--from", "time_from", type=Moment(), metavar="TIME",
                     help="Report only what happened since; earlier events still teach baselines, and count in "
                     "windows that reach back."),
        click.option("--to", "time_to", type=Moment(), metavar="TIME",
                     help="Leave out events from then on: the next run begins there with --from."),
        click.option("--namespace", type=Namespace(), metavar="NAME",
                     help="With --from-elastic: only data streams of this namespace."),
        click.option("--from-elastic", "elastic", metavar="URL",
                     help="Read from Elasticsearch (docs/live.md). Credentials come from "
                     "ELASTICSEARCH_API_KEY."),
        click.option("--from-splunk", "splunk", metavar="URL",
                     help="Read from Splunk's management port. Credentials come from SPLUNK_TOKEN."),
        click.option("--since", type=Ago(), show_default="24h", metavar="SPAN",
                     help="How far back to read from a server: 90m, 24h, 7d."),
        ca_option,
    )  # fmt: skip
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


@contextmanager
def opened(options: RunOptions) -> "Iterator[Replay]":
    """Load rules, read the inputs, and give a replay that is ready to be evaluated.

    Raises:
        RekeyError: a rule, the site file or an option is wrong.
        InputError: nothing could be read.
    """
    from rekey.cli.progress import reading
    from rekey.converters.registry import registry
    from rekey.loading import load
    from rekey.replay import Replay, last_day
    from rekey.sources.rejects import RejectLog
    from rekey.state_file import check_state

    if not options.paths and not options.is_live:
        raise RekeyError(
            "there is nothing to read",
            hint="Name files or folders, - for standard input, --from-elastic or --from-splunk.",
        )
    _refuse_what_is_without_effect(options)
    if options.time_from and options.time_to and options.time_from > options.time_to:
        raise RekeyError("--from lies after --to", hint="Exchange them: nothing can lie between.")
    if options.source is not None and options.source not in registry():
        raise RekeyError(
            f"there is no log source {visible(options.source)}",
            hint=f"Known are {', '.join(registry())}.",
        )
    day = last_day(options.time_to) if options.time_to else None
    if options.state is not None:
        check_writable(options.state.parent, "--state")
        check_state(options.state)
    loaded = load(all_packs(options.folders), options.site_file, options.rules, day=day)
    with (
        tempfile.TemporaryDirectory(prefix="rekey-") as folder,
        RejectLog(options.rejects) as rejects,
        reading() as progress,
        Replay(
            loaded.rules, loaded.site, Path(folder), state=options.state, source=options.source,
            time_from=options.time_from, time_to=options.time_to, lineage=options.lineage,
            rejects=rejects, progress=progress, day=loaded.day, rules_on=loaded.rules_on,
            ours=options.ours,
        ) as replay,
    ):  # fmt: skip
        replay.read(options.paths)
        if options.is_live:
            from rekey.cli.live import read_live

            read_live(replay, options)
        yield replay


def _refuse_what_is_without_effect(options: RunOptions) -> None:
    """Refuse options that are about a server that is not asked.

    Raises:
        RekeyError: one of them was given.
    """
    if options.namespace is not None and not options.elastic:
        raise RekeyError("--namespace is about Elasticsearch", hint="Name it with --from-elastic.")
    if options.is_live:
        return
    if options.since is not None:
        raise RekeyError(
            "--since is about servers, and files are read here",
            hint="--from reports only what happened since.",
        )
    if options.ca is not None:
        raise RekeyError("--ca is about servers, and files are read here")


def say(notes: "Iterable[str]") -> None:
    """Tell what a user should know about a run, beside its output."""
    for note in notes:
        click.echo(f"note: {visible(note)}", err=True)


def exit_code(replay: "Replay", alerts: "Iterable[Alert]", fail_on: str | None) -> ExitCode:
    """Judge a run: nothing readable, an alert at the level asked for, something set aside, or OK.

    Raises:
        InputError: no readable event.
    """
    if not replay.store.present:
        from rekey.converters.registry import registry
        from rekey.report.words import first_rejected, rejection
        from rekey.sources.interface import Reason

        if not replay.log.total:
            raise InputError(
                "no readable event in the input", hint="The files are empty, or hold no records."
            )
        counts = replay.log.counts
        seen = ", ".join(f"{n} × {rejection(reason)}" for reason, n in counts.items())
        first = first_rejected(replay.log.firsts[0])
        known = f"Known log sources are {', '.join(registry())}; --source names one. "
        raise InputError(
            f"no readable event in the input ({seen}; first {first})",
            hint=(known if Reason.UNKNOWN_SOURCE in counts else "")
            + "--rejects FILE keeps what was read and why it was refused.",
        )
    worst = max((LEVELS.index(alert.rule.level) for alert in alerts), default=-1)
    if fail_on and worst >= LEVELS.index(fail_on):
        return ExitCode.FINDINGS
    return ExitCode.PARTIAL if replay.log.total else ExitCode.OK


fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(LEVELS[1:]),
    help="Exit with 1 on an alert of this level or above.",
)
