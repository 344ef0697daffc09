"""``rekey path``: where the content is, for tools that want files."""

import click

from rekey.content import content

ROOMS = ("rules", "fixtures", "playbooks")


@click.command()
@click.argument("room", type=click.Choice(ROOMS))
def path(room: str) -> None:
    """Print the folder that holds the shipped rules, fixtures or playbooks.

    Any Sigma tool can read it:

        sigma convert -t rekey_splunk -p rekey_splunk "$(rekey path rules)"
    """
    click.echo(content(room))
