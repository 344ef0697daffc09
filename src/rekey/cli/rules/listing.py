"""``rekey rules list``: which rules there are."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import cell, console


@click.command("list")
@pack_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_rules(folders: tuple[Path, ...], form: str) -> None:
    """List all rules with kind, level, status and title."""
    import orjson

    from rekey.rule_head import rule_heads

    heads = rule_heads(all_packs(folders)).values()
    if form == "json":
        rows = [
            {"path": h.path, "kind": h.kind, "level": h.level, "status": h.status, "title": h.title}
            for h in heads
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    listing = Table(box=None, pad_edge=False, header_style="bold")
    listing.add_column("rule", overflow="fold")
    listing.add_column("level", no_wrap=True)
    listing.add_column("kind", no_wrap=True)
    for head in heads:
        # The title below the path: side by side they have no room on a narrow terminal.
        named = Text("\n").join([cell(head.path), cell(head.title, "dim")])
        listing.add_row(named, cell(head.level), cell(head.kind))
    console().print(listing)
