"""The group ``rekey build``: content for the SIEMs."""

import click

from rekey.cli.build.elastic import elastic
from rekey.cli.build.splunk import splunk


@click.group()
def build() -> None:
    """Build what a SIEM imports: the rules, in its own language."""


for command in (elastic, splunk):
    build.add_command(command)
