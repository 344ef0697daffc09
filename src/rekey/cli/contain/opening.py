"""From a settings file to an engine: the only place that picks providers, stores and sinks."""

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rekey.cli.terminal import visible
from rekey.errors import Place, RekeyError

if TYPE_CHECKING:
    from rekey.containment.break_glass import BreakGlass
    from rekey.containment.clock import Clock
    from rekey.containment.connections import Connections
    from rekey.containment.context import Context
    from rekey.containment.plan import Plan
    from rekey.containment.secret import Secret
    from rekey.containment.secret_store import SecretStore
    from rekey.containment.settings import ContainmentSettings, JournalSettings
    from rekey.journal.interface import Entry, Sink
    from rekey.journal.sqlite import SqliteJournal
    from rekey.site.model import Site

PROVIDERS: Final[dict[str, str]] = {
    "aws": "rekey.providers.aws",
    "kubernetes": "rekey.providers.kubernetes",
    "vault": "rekey.providers.vault",
}
"""Name in a settings file → room that exports ``connect`` and ``open_store``."""


def read(file: Path) -> "ContainmentSettings":
    """Read a settings file.

    Raises:
        RekeyError: it is not there, or wrong.
    """
    from rekey.containment.settings import read_settings

    if not file.is_file():
        raise RekeyError(
            "there is no such settings file",
            place=Place(file),
            hint="Begin with docs/containment.example.yml; docs/containment.md explains it.",
        )
    return read_settings(file)


def clock() -> "Clock":
    """Give the clock of all commands."""
    from rekey.containment.clock import SystemClock

    return SystemClock()


def connections(settings: "ContainmentSettings") -> "Connections":
    """Connect all providers of the settings, as far as they can be."""
    from rekey.containment.connections import Connections, Lost

    made, lost = [], []
    for one in settings.providers:
        try:
            made.append(_room(one.name).connect(one.options))
        except RekeyError as error:  # an unknown name, a wrong option, no profile, no library
            lost.append(Lost(one.name, error))
    return Connections(made, lost)


def told(found: "Connections") -> "Connections":
    """Say on stderr which connections are missing, and go on with the others."""
    for one in found.lost:
        click.echo(f"warning: no connection to {one.name}: {visible(str(one.why))}", err=True)
    return found


def store(settings: "ContainmentSettings", name: str | None) -> "SecretStore | None":
    """Open a secret store by its name in the settings.

    Raises:
        RekeyError: no such name, or as :func:`connections`.
    """
    if name is None:
        return None
    found = next((one for one in settings.stores if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in settings.stores) or "none"
        raise RekeyError(f"the settings name no store {name!r}; they name {known}")
    opened: SecretStore = _room(found.provider).open_store(found.name, found.options)
    return opened


def _room(name: str) -> Any:
    if name not in PROVIDERS:
        known = ", ".join(PROVIDERS)
        raise RekeyError(f"there is no provider {name!r}; there are {known}")
    try:
        return importlib.import_module(PROVIDERS[name])
    except ModuleNotFoundError as error:
        raise RekeyError(
            f"the provider {name} needs the module {error.name}, which is not installed",
            hint=f"pip install '.[{name}]' in the checkout of rekey",
        ) from error


def journal(settings: "JournalSettings", allowed: Path | None) -> "SqliteJournal":
    """Open the journal with its sinks, and check that it extends what they and checkpoints know.

    Args:
        settings: where it lies, where its heads go, where its checkpoints are.
        allowed: who may sign checkpoints; without it they are not looked at.

    Raises:
        JournalBroken: it was altered, cut or replaced. JournalError: it cannot be used.
    """
    from rekey.journal.checkpoint import last_checkpoint
    from rekey.journal.sqlite import SqliteJournal

    last = last_checkpoint(settings.checkpoints, allowed) if allowed else None
    return SqliteJournal(settings.path, sinks(settings), clock().now, [last] if last else [])


def sinks(settings: "JournalSettings") -> list["Sink"]:
    """Make the sinks of a journal.

    Raises:
        RekeyError: an address or a header of one is missing.
    """
    return [_sink(one) for one in settings.sinks]


def _sink(one: Any) -> "Sink":
    from rekey.journal.sinks import FileSink, HttpSink, SyslogSink

    if one.kind == "file":
        return FileSink(one.path)
    if one.kind == "http":
        header = os.environ.get(one.authorization_env) if one.authorization_env else None
        if one.authorization_env and not header:
            raise RekeyError(
                f"the environment variable {one.authorization_env} is empty, "
                "which the journal's HTTP sink needs"
            )
        return HttpSink(one.url, header)
    if (one.host is None) == (one.socket is None):
        raise RekeyError("a syslog sink has either a host or a socket")
    return SyslogSink(one.socket or (one.host, one.port), tcp=one.tcp)


def known_journal(
    settings: "ContainmentSettings", *, make: bool
) -> tuple[str | None, "BreakGlass"]:
    """Give the id of the journal, and the break-glass list that was in force when its last run began.

    Args:
        settings: where it lies.
        make: whether to make it, if there is none; else there is no id.

    Raises:
        JournalError: it cannot be used.
    """
    from rekey.containment.break_glass import BreakGlass, last_list

    if not make and not settings.journal.path.exists():
        return None, BreakGlass()
    book = journal(settings.journal, settings.allowed_signers)
    try:
        return book.id, last_list(book)
    finally:
        book.close()


def protected(settings: "ContainmentSettings") -> "BreakGlass":
    """Read the break-glass list, or give one that names nobody where the settings name none.

    Raises:
        RekeyError: it is not there, wrong, or not signed.
    """
    from rekey.containment.break_glass import BreakGlass, read_break_glass

    if settings.break_glass is None:
        return BreakGlass()
    return read_break_glass(settings.break_glass, settings.allowed_signers)


@contextmanager
def opened(file: Path, site_file: Path | None = None) -> Iterator["Context"]:
    """Open everything that an engine needs but store and secrets, and close it afterwards.

    Raises:
        RekeyError: something of it cannot be opened.
    """
    from rekey.containment.context import Context, fingerprint_key

    settings = read(file)
    listed = protected(settings)
    book = journal(settings.journal, settings.allowed_signers)
    try:
        key = fingerprint_key(settings.journal.path.with_suffix(".fingerprints"))
        yield Context(
            told(connections(settings)), settings, book, clock(), site(site_file), listed,
            None, {}, key, _tell,
        )  # fmt: skip
    finally:
        book.close()


def for_plan(context: "Context", plan: "Plan", present: Sequence[str] = ()) -> "Context":
    """Give a context the store of a plan, and the old credentials that a responder holds.

    Args:
        context: everything else.
        plan: what is carried out.
        present: ids of the case or of the plan; each is asked for.

    Raises:
        RekeyError: the plan knows no such id, or there is no such store.
    """
    targets = {id: plan.target_of(id) for id in present}
    if unknown := [id for id, target in targets.items() if target is None]:
        known = sorted({*plan.credentials, *(c for own in plan.credentials.values() for c in own)})
        raise RekeyError(
            f"--present {', '.join(unknown)}: the plan acts on no such credential",
            hint=f"It acts on {', '.join(known) or 'none'}.",
        )
    secrets = {target: _asked(id) for id, target in targets.items() if target is not None}
    opened_store = store(context.settings, plan.store)
    return replace(context, store=opened_store, presented={**context.presented, **secrets})


def site(file: Path | None) -> "Site":
    """Read a site file, or give one that says nothing."""
    from rekey.site import load_site
    from rekey.site.model import Site

    return load_site(file) if file else Site()


def _tell(entry: "Entry") -> None:
    """Say on stderr what just happened: proving takes minutes, and nobody likes a silent screen."""
    from rekey.containment.report.entry_line import entry_line

    if line := entry_line(entry):
        click.echo(visible(line), err=True)


def seal(context: "Context", run: str) -> None:
    """Sign a checkpoint after a run; a key that is not at hand does not undo what was done."""
    from rekey.journal.checkpoint import write_checkpoint

    settings, head = context.settings.journal, context.journal.head()
    for name, lag in context.journal.unshipped().items():
        click.echo(visible(f"warning: {name} lacks {lag} heads of the journal"), err=True)
    if settings.checkpoint_key is None or head is None:
        return
    file = settings.checkpoints / f"{run}-{head.seq}.json"
    try:
        write_checkpoint(head, settings.checkpoint_key, file)
    except RekeyError as error:
        click.echo(visible(f"warning: no checkpoint was signed: {error}", lines=True), err=True)
    else:
        click.echo(visible(f"signed checkpoint {file}"), err=True)


def _asked(id: str) -> "Secret":
    """Ask for a secret without echo, or take the next line of standard input."""
    from rekey.containment.secret import Secret

    if sys.stdin.isatty():
        return Secret(click.prompt(f"Old credential of {id}", hide_input=True, err=True))
    value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise RekeyError(f"standard input holds no line for --present {id}")
    return Secret(value)
