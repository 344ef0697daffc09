"""Options that the commands of ``rekey deploy`` share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from rekey.cli.servers import ca_option

DEFAULTS: Final = {"elastic": Path("dist/elastic"), "splunk": Path("dist/splunk")}

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or for programs.",
)  # fmt: skip

target_option = click.option(
    "--target", required=True, type=click.Choice(list(DEFAULTS)), help="Which SIEM."
)

package_option = click.option(
    "--package", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="What `rekey build` wrote.  [default: dist/elastic or dist/splunk]",
)  # fmt: skip

ledger_option = click.option(
    "--ledger", type=click.Path(path_type=Path, dir_okay=False), default="rekey-deploy.json",
    show_default=True, metavar="FILE",
    help="What was deployed, to tell our changes from others'. Keep it.",
)  # fmt: skip


@dataclass(frozen=True)
class Servers:
    """Where the SIEM is, as the user said."""

    url: str
    space: str
    elasticsearch: str | None
    ca: Path | None


def servers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the SIEM is; the command takes them as ``Servers(**…)``."""
    decorators = (
        click.option("--url", required=True, metavar="URL",
                     help="Kibana, or Splunk's management port."),
        click.option("--space", default="default", show_default=True, metavar="NAME",
                     help="Kibana's space."),
        click.option("--elasticsearch", metavar="URL",
                     help="Elasticsearch, for the index templates of --schema raw."),
        ca_option,
    )  # fmt: skip
    for decorator in reversed(decorators):
        command = decorator(command)
    return command
