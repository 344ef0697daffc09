"""``rekey rules new``: a rule to begin with."""

import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from rekey.errors import RekeyError
from rekey.pack import Pack, shipped_pack

# Named here, so that --help loads nothing.
KINDS = ("single", "count", "distinct", "sequence", "first-seen", "dormant")


@click.command()
@click.argument("path", metavar="PRODUCT/RULE")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="single",
    show_default=True,
    help="single: one event. count: many events of one identity. distinct: many values of one "
    "field. sequence: one act after another. first-seen: a value new to an identity. dormant: an "
    "identity after a long silence.",
)
@click.option(
    "--pack",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write into your own pack; the folder is made if need be.  [default: the checkout]",
)
def new(path: str, kind: str, folder: Path | None) -> None:
    """Write a new rule with its fixtures, complete but for marked gaps.

    The rule works from the start on a record of the vendor's documentation: change what it
    selects and the fixtures together, and fill the gaps. `rekey rules check` lists the gaps that
    are left, `rekey rules test` runs the fixtures.
    """
    from rekey.scaffold import new_rule

    pack = checkout() if folder is None else _pack_in(folder)
    rule, *fixtures = new_rule(pack, path, kind, datetime.now(UTC).date())
    option = f" --pack {shlex.quote(str(folder))}" if folder else ""
    click.echo(f"wrote {rule}")
    click.echo(f"wrote {fixtures[0].parent} ({len(fixtures)} files)")
    click.echo(
        "\nNext:\n"
        f"  1. Fill the gaps that are marked <fill in: …>; rekey rules check{option} lists them.\n"
        f"  2. rekey rules test{option} {path} runs its fixtures."
    )


def _pack_in(folder: Path) -> Pack:
    return Pack(folder / "rules", folder / "fixtures", folder / "playbooks")


def checkout() -> Pack:
    """Give the pack of the checkout; an installed copy is not a place to write into."""
    pack = shipped_pack()
    if not (pack.rules.parent / "pyproject.toml").is_file():
        raise RekeyError(
            "this rekey is installed, not a checkout: new rules need a folder of yours",
            hint="Name one: rekey rules new --pack DIR PRODUCT/RULE",
        )
    return pack
