"""``rekey rules docs``: the pages about the rules."""

from pathlib import Path

import click

from rekey.cli.rules.new import checkout
from rekey.errors import ExitCode
from rekey.pack import user_pack


@click.command()
@click.option(
    "--pack",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the pages of your own pack to DIR/docs.  [default: those of the checkout]",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if out of date.")
def docs(folder: Path | None, only_check: bool) -> int:
    """Write docs/rules and docs/coverage: a page for each rule, the catalogue, what is covered."""
    from rekey.catalogue import outdated, pages, write

    pack = checkout() if folder is None else user_pack(folder)
    target = pack.rules.parent / "docs"
    made = pages(pack)
    changed = outdated(made, target) if only_check else write(made, target)
    for page in changed:
        click.echo(f"{'out of date' if only_check else 'wrote'} {page}")
    click.echo(f"{len(made)} pages, {len(changed)} {'out of date' if only_check else 'changed'}")
    return ExitCode.FINDINGS if only_check and changed else ExitCode.OK
