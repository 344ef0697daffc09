"""The group ``rekey deploy``: what was built, into a SIEM."""

import click

from rekey.cli.deploy.apply import apply
from rekey.cli.deploy.drift import drift
from rekey.cli.deploy.plan import plan


@click.group()
def deploy() -> None:
    """Bring built rules into a SIEM, and see what became of them there.

    \b
    rekey build elastic
    rekey deploy plan --target elastic --url https://kibana:5601 --out plan.json
    rekey deploy apply plan.json --url https://kibana:5601

    Credentials come from the environment: KIBANA_API_KEY (or KIBANA_USERNAME and KIBANA_PASSWORD),
    the same with ELASTICSEARCH_; SPLUNK_TOKEN (or SPLUNK_USERNAME and SPLUNK_PASSWORD).
    """  # noqa: D301 - click reads the character


for command in (plan, apply, drift):
    deploy.add_command(command)
