"""The group ``rekey rules``."""

import click

from rekey.cli.rules.check import check
from rekey.cli.rules.coverage import show_coverage
from rekey.cli.rules.docs import docs
from rekey.cli.rules.listing import list_rules
from rekey.cli.rules.mutate import mutate
from rekey.cli.rules.new import new
from rekey.cli.rules.test import test_rules


@click.group()
def rules() -> None:
    """Look at the rules, check them against the rule standard, write new ones."""


for command in (check, show_coverage, docs, list_rules, mutate, new, test_rules):
    rules.add_command(command)
