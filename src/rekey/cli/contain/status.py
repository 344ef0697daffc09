"""``rekey contain status``: where runs stand."""

import json
import time
from pathlib import Path
from typing import Final

import click

from rekey.cli.contain.options import format_option, settings_option
from rekey.errors import ExitCode

_EVERY_SECONDS: Final = 1.0


@click.command()
@click.argument("run", required=False)
@click.option("--watch", is_flag=True, help="Stay, and show each change, until the run has ended.")
@settings_option
@format_option
def status(run: str | None, watch: bool, settings_file: Path, form: str) -> int:
    """Show where a RUN stands, or all runs. Reads the journal and asks no provider."""
    from rekey.cli.contain.opening import journal, read
    from rekey.cli.terminal import console
    from rekey.containment.progress import runs_of
    from rekey.containment.report.status_json import status_json
    from rekey.containment.report.status_screen import runs_screen, status_screen
    from rekey.containment.run import known_run

    settings = read(settings_file)
    book = journal(settings.journal, settings.allowed_signers)
    try:
        if run is None:
            found = runs_of(book)
            if form == "json":
                click.echo(json.dumps([status_json(one) for one in found], indent=2))
            else:
                console().print(runs_screen(found))
            return ExitCode.OK
        progress = known_run(book, run)
        if watch:
            from rich.live import Live

            with Live(status_screen(progress), console=console(), auto_refresh=False) as live:
                while progress.finished is None:
                    time.sleep(_EVERY_SECONDS)
                    progress = known_run(book, run)
                    live.update(status_screen(progress), refresh=True)
        elif form == "json":
            click.echo(json.dumps(status_json(progress), indent=2))
        else:
            console().print(status_screen(progress))
    finally:
        book.close()
    return progress.ended.code
