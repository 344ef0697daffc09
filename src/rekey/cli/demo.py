"""``rekey demo``: the shipped incident, from raw logs to a case."""

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
def demo(out: Path) -> int:
    """Investigate the shipped incident: a GitHub workflow's trust is abused to reach a Vault.

    Learns from thirty days of ordinary logs, hunts through the four days after, and writes the
    report. Needs no network.
    """
    from rekey.content import content

    check_writable(out, "--out")
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
    click.echo(f"\nOpen {visible(str(out / 'report.html'))} in a browser.")
    return ExitCode.OK
