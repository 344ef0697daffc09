"""Options that the commands of ``rekey contain`` share."""

from pathlib import Path

import click

settings_option = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="rekey-containment.yml",
    show_default=True,
    envvar="REKEY_CONTAINMENT",
    show_envvar=True,
    metavar="FILE",
    help="Connections, people and limits (docs/containment.example.yml).",
)

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)

key_option = click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Your Ed25519 key; its public half where an agent or a hardware key signs.",
)

present_option = click.option(
    "--present",
    multiple=True,
    metavar="ID",
    help="You hold the old credential of this target: it is asked for without echo (or read from "
    "standard input, one a line), kept in memory, and presented to prove that it is refused.",
)
