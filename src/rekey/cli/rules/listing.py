"""``rekey rules list``: which rules there are."""

from pathlib import Path

import click

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import cell, console, table


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
    listing = table("rule", "kind", "level", "status", "title")
    for head in heads:
        cells = (head.path, head.kind, head.level, head.status, head.title)
        listing.add_row(*(cell(text) for text in cells))
    console().print(listing)
