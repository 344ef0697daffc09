"""``rekey contain undo``: take back what can be taken back."""

from pathlib import Path

import click

from rekey.cli.contain.options import key_option, settings_option
from rekey.cli.contain.run import show
from rekey.errors import RekeyError


@click.command()
@click.argument("run")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is journalled.")
@key_option
@settings_option
def undo(run: str, reason: str, key: Path | None, settings_file: Path) -> int:
    """Take back what a RUN changed and what can be taken back, the last first.

    Only what is its own: what another run rests on stays, and is named. A successor is ended only
    when the old credential works again and the store has been put back. Any allowed signer may do it alone: whoever cut off the wrong workload must be able to mend it.
    """
    from rekey.cli.contain.opening import for_plan, opened, seal
    from rekey.containment.approval import sign_undo
    from rekey.containment.run import Engine

    if key is None:
        raise RekeyError("nothing was undone: name your key with --key")
    if not reason.strip():
        raise RekeyError("nothing was undone: --reason is empty")
    with opened(settings_file) as context:
        plan = Engine(context).progress(run).plan
        own = for_plan(context, plan)
        progress = Engine(own).undo(run, reason, sign_undo(plan, key))
        seal(own, run)
    return show(progress)
