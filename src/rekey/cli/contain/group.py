"""The group ``rekey contain``."""

import click

from rekey.cli.contain.approve import approve
from rekey.cli.contain.explain import explain
from rekey.cli.contain.plan import plan
from rekey.cli.contain.report import report
from rekey.cli.contain.resume import resume
from rekey.cli.contain.run import run
from rekey.cli.contain.status import status
from rekey.cli.contain.undo import undo


@click.group()
def contain() -> None:
    """Revoke or rotate the credentials of a case, and prove it.

    \b
    rekey contain plan report.json                    # a dry run: what would be done, and why
    rekey contain plan report.json --out plan.json --as ada --key ~/.ssh/id_ed25519
    rekey contain approve plan.json --key …           # somebody else
    rekey contain run plan.json
    """  # noqa: D301 - the escape is click's mark for lines that stay as they are


for command in (plan, approve, run, resume, status, explain, undo, report):
    contain.add_command(command)
