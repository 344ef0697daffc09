"""Progress on standard error: a bar when somebody is watching, and what a run waits for always."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from rekey.replay import Progress as Report


@contextmanager
def reading() -> Iterator[Report]:
    """Give a callback that shows bytes read and rules evaluated."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, amount: _waits(console) if what == "waiting" else None
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20, pulse_style="cyan"),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        read = bar.add_task("reading logs", total=None)

        def report(what: str, amount: int) -> None:
            if what == "reading":
                bar.advance(read, amount)
            elif what == "waiting":
                _waits(console)
            else:
                bar.update(read, description="evaluating rules")

        yield report


def _waits(console: Console) -> None:
    console.print("note: waits for another run to be done with the state file", markup=False)
