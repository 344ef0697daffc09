"""``rekey rules coverage``: what the rules cover, and in which engine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import cell, console, table
from rekey.errors import RekeyError

if TYPE_CHECKING:
    from rekey.catalogue.coverage import Coverage, Entry


@click.command("coverage")
@pack_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "navigator"]),
    help="What to print; navigator is a layer for the ATT&CK Navigator.  [default: table]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Print nothing; write README.md and attack-navigator.json there.",
)
def show_coverage(folders: tuple[Path, ...], form: str | None, out: Path | None) -> None:
    """Show what the rules cover: log sources and engines, ATT&CK, OWASP NHI, CSF 2.0."""
    if out and form:
        raise RekeyError("--format and --out say different things", hint="Leave one of them out.")
    import orjson

    from rekey.catalogue import coverage_of, coverage_page, navigator_layer, save
    from rekey.rule_head import rule_heads

    heads = rule_heads(all_packs(folders))
    covered = coverage_of({path: head.file for path, head in heads.items()})
    if out:
        files = {
            "README.md": coverage_page(covered),
            "attack-navigator.json": navigator_layer(covered),
        }
        for written in save(files, out):
            click.echo(f"wrote {written}")
    elif form == "json":
        click.echo(orjson.dumps(covered, option=orjson.OPT_INDENT_2))
    elif form == "navigator":
        click.echo(navigator_layer(covered), nl=False)
    else:
        _print(covered)


def _print(covered: "Coverage") -> None:
    _print_engines(covered)
    _print_entries("ATT&CK technique", covered, covered.attack)
    _print_entries("OWASP NHI 2025", covered, covered.owasp_nhi)
    _print_entries("CSF 2.0", covered, covered.csf)


def _print_engines(covered: "Coverage") -> None:
    engines = list(dict.fromkeys(each.engine for each in covered.engines))
    listing = table("log source", "rules", *engines)
    for source in covered.sources:
        row = [each for each in covered.engines if each.source == source]
        rules = len(row[0].compiled) + len(row[0].unsupported)
        listing.add_row(*map(cell, [source, rules, *(len(each.compiled) for each in row)]))
    console().print(listing)


def _print_entries(title: str, covered: "Coverage", entries: tuple["Entry", ...]) -> None:
    """Count rules for each log source; a technique that serves two tactics stands once for each."""
    tactic = ["tactic"] if any(entry.tactic for entry in entries) else []
    listing = table(title, *tactic, "rules", *covered.sources)
    for entry in entries:
        counts = [
            sum(source in covered.rules[path] for path in entry.rules) or ""
            for source in covered.sources
        ]
        tactics = [entry.tactic] if tactic else []
        shown = [f"{entry.id} {entry.name}", *tactics, len(entry.rules), *counts]
        listing.add_row(*map(cell, shown))
    console().print()
    console().print(listing)
