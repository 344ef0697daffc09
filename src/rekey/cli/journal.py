"""``rekey journal``: look at the journal as evidence."""

from pathlib import Path

import click

from rekey.cli.terminal import visible
from rekey.errors import ExitCode


@click.group()
def journal() -> None:
    """Check the journal of containments."""


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--anchor", "anchors", multiple=True, metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="Heads that were shipped (a file of them, or a log of syslog), or a signed "
              "checkpoint. Several times.")  # fmt: skip
@click.option("--allowed-signers", "allowed", metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="Who may sign checkpoints.")  # fmt: skip
def verify(file: Path, anchors: tuple[Path, ...], allowed: Path | None) -> int:
    """Check every hash of a journal FILE, and its end against anchors kept elsewhere.

    Ends with 0 if it is whole to an anchored end, 8 if it is intact but nothing vouches for its
    end, 7 if it was altered or cut.
    """
    from rekey.journal.verify import read_anchor, verify_journal

    heads = [head for anchor in anchors for head in read_anchor(anchor, allowed, _warn)]
    verdict = verify_journal(file, heads)
    if verdict.status == "broken":
        click.echo(f"BROKEN: {visible(verdict.reason)}")
        return ExitCode.BROKEN
    if verdict.status == "intact":
        click.echo(f"intact: {verdict.entries} entries, and the last one is anchored")
        return ExitCode.OK
    anchored = f"anchored to entry {verdict.anchored_to}, " if verdict.anchored_to else ""
    click.echo(
        f"{anchored}intact to entry {verdict.entries}, later unknown: whether entries were cut "
        "off behind it, only a head kept elsewhere can tell (--anchor)"
    )
    return ExitCode.UNANCHORED


def _warn(text: str) -> None:
    click.echo(f"warning: {visible(text)}", err=True)
