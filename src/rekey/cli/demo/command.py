"""The command ``rekey demo``."""

import tempfile
from pathlib import Path

import click

from rekey.cli.investigate import carry_out
from rekey.cli.options import check_writable
from rekey.cli.run_options import RunOptions, opened
from rekey.cli.terminal import visible
from rekey.errors import ExitCode

SCENARIO = "ci_token_theft"


@click.command()
@click.option("--out", default="rekey-demo", show_default=True, metavar="DIR",
              type=click.Path(path_type=Path, file_okay=False), help="Where the report goes.")  # fmt: skip
@click.pass_context
def demo(context: click.Context, out: Path) -> int:
    """Investigate the shipped incident, and contain it on a local AWS.

    A GitHub workflow's trust is abused to reach a Vault. rekey learns from thirty days of ordinary
    logs, hunts through the four days after, and writes the report. Then the theft is done again on
    an emulator of AWS and contained there, from the plan to the proof; that takes
    `pip install '.[demo]'`. Needs no network.
    """
    from rekey.demo.needs import missing

    check_writable(out, "--out")
    _investigate(out)
    click.echo(f"\nOpen {visible(str(out / 'report.html'))} in a browser.")
    if why := missing():
        click.echo(f"Not shown: how it is contained, on a local AWS: {why}")
        return ExitCode.OK
    from rekey.cli.demo.containment import contain_incident

    return contain_incident(context, out)


def _investigate(out: Path) -> None:
    from rekey.content import content

    scenario = content("fixtures") / "scenarios" / SCENARIO
    site, window = scenario / "site.yml", str(scenario / "logs")
    owners = tuple(scenario / name for name in ("owners.csv", "catalog-info.yaml", "CODEOWNERS"))
    with tempfile.TemporaryDirectory(prefix="rekey-demo-") as folder:
        state = Path(folder) / "learned.state"
        click.echo("Learning from thirty days of logs …", err=True)
        with opened(RunOptions((str(scenario / "history"),), site_file=site, state=state)) as run:
            run.evaluate()
        click.echo("Investigating the four days after …", err=True)
        options = RunOptions((window,), site_file=site, state=state, lineage=True)
        carry_out(options, out, tuple(path for path in owners if path.exists()))
