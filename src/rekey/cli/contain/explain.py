"""``rekey contain explain``: say of what a survey found that it is honest."""

from pathlib import Path

import click

from rekey.cli.contain.options import key_option, settings_option
from rekey.cli.contain.run import show
from rekey.errors import RekeyError


@click.command()
@click.argument("run")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--reason", required=True, metavar="TEXT",
              help="Why it is honest; it stands in journal and report.")  # fmt: skip
@key_option
@settings_option
def explain(
    run: str, ids: tuple[str, ...], reason: str, key: Path | None, settings_file: Path
) -> int:
    """Say that what a RUN found was not left behind by the thief, by the ID that status shows.

    A survey blocks what would give rights or secrets back until everything that it found is
    explained or gone. Where the plan needed approvers, its requester cannot explain alone.
    """
    from rekey.cli.contain.opening import opened, seal
    from rekey.containment.explaining import sign_explanation
    from rekey.containment.run import Engine

    if key is None:
        raise RekeyError("nothing was explained: name your key with --key")
    with opened(settings_file) as context:
        engine = Engine(context)
        plan = engine.progress(run).plan
        progress = engine.explain(run, ids, reason, sign_explanation(plan, ids, reason, key))
        seal(context, run)
    code = show(progress)
    click.echo(f"Next: `rekey contain resume {run}` looks again, and goes on.")
    return code
