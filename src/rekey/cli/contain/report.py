"""``rekey contain report``: the evidence of a run."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from rekey.cli.contain.options import settings_option
from rekey.errors import ExitCode, Place, RekeyError


@click.command()
@click.argument("run")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              metavar="DIR", help="Where the files go.")  # fmt: skip
@settings_option
def report(run: str, out: Path, settings_file: Path) -> int:
    """Write what a RUN did and how it is proven: one HTML file for people, JSON for programs.

    The effects stand as events in containment.ocsf.ndjson (OCSF Remediation Activity) and
    containment.ecs.ndjson (Elastic Common Schema), for the SIEM that raised the alerts.

    Each statement carries the number and hash of its entry, so that `rekey journal verify` and
    the journal bear it out.
    """
    from rekey.cli.contain.opening import journal, read
    from rekey.containment.report.ecs import documents
    from rekey.containment.report.evidence import evidence_of
    from rekey.containment.report.html import page
    from rekey.containment.report.ocsf import remediation_activities

    settings = read(settings_file)
    book = journal(settings.journal, settings.allowed_signers)
    try:
        evidence = evidence_of(book, run)
    finally:
        book.close()
    texts = {
        "containment.html": page(evidence),
        "containment.json": json.dumps(
            evidence.model_dump(mode="json"), indent=2, sort_keys=True
        ) + "\n",
        "containment.ocsf.ndjson": _lines(remediation_activities(evidence)),
        "containment.ecs.ndjson": _lines(documents(evidence)),
    }  # fmt: skip
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, "utf-8")
            click.echo(f"wrote {out / name}")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(out)) from error
    return ExitCode.OK


def _lines(events: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(event, sort_keys=True)}\n" for event in events)
