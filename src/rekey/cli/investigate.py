"""``rekey investigate``: logs in, cases out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rekey.cli.options import check_writable
from rekey.cli.run_options import RunOptions, exit_code, fail_on_option, opened, run_options, say
from rekey.cli.terminal import console, visible
from rekey.errors import ExitCode, Place, RekeyError

if TYPE_CHECKING:
    from rekey.case import Investigation

FILES: Final = ("report.html", "report.json", "alerts.csv")


@click.command()
@run_options
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              metavar="DIR", help="Where the report goes: report.html, report.json, alerts.csv.")  # fmt: skip
@click.option("--owners", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
              metavar="FILE", help="Who owns what: a CSV, a Backstage catalogue, or CODEOWNERS. "
              "Can be given several times.")  # fmt: skip
@fail_on_option
def investigate(out: Path, owners: tuple[Path, ...], fail_on: str | None, **options: Any) -> int:
    """Join alerts into cases: who acted, with which credential, where it came from, what it did.

    Reads logs as `rekey replay` does, and writes a report for people (one HTML file that needs
    nothing else) and for programs (JSON).
    """
    ours = tuple(out / name for name in FILES)
    return carry_out(RunOptions(lineage=True, ours=ours, **options), out, owners, fail_on)


def carry_out(
    options: RunOptions, out: Path, owners: tuple[Path, ...], fail_on: str | None = None
) -> ExitCode:
    """Investigate, print the summary, write the report."""
    from rekey.enrichers.owners import load_owners
    from rekey.investigate import investigate as run_investigation
    from rekey.report.terminal import summary

    check_writable(out, "--out")
    with opened(options) as run:
        known = load_owners(owners, run.site)
        found = run_investigation(run, known, datetime.now(UTC))
        say(found.expired_exceptions)
        alerts = [alert for case in found.cases for alert in case.alerts]
        code = exit_code(run, [*alerts, *found.other_alerts], fail_on)
    written = write_report(found, out)
    screen = console()
    screen.print(summary(found, options.rejects))
    for path in written:
        screen.print(f"wrote {visible(str(path))}")
    return code


def write_report(found: "Investigation", out: Path) -> list[Path]:
    """Write all forms of a report into a folder.

    Raises:
        RekeyError: the folder cannot be written.
    """
    from rekey.report.csv_file import alerts_csv
    from rekey.report.html import page
    from rekey.report.json_file import investigation_json

    alerts = [alert for case in found.cases for alert in case.alerts]
    texts = [page(found)], investigation_json(found), [alerts_csv([*alerts, *found.other_alerts])]
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, pieces in zip(FILES, texts, strict=True):
            with (out / name).open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(pieces)
    except OSError as error:
        raise RekeyError(
            f"cannot be written: {error.strerror}", place=Place(error.filename or out)
        ) from error
    return [out / name for name in FILES]
