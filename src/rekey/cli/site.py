"""``rekey site``: check a site file, and turn its exceptions into Sigma filters."""

from datetime import UTC, datetime
from pathlib import Path

import click

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import visible


@click.group()
def site() -> None:
    """Check your site file, and turn its exceptions into Sigma filters."""


@site.command()
@click.argument("file", type=click.Path(path_type=Path))
@pack_option
def check(file: Path, folders: tuple[Path, ...]) -> None:
    """Check a site file and say what it does, and which of its entries have expired."""
    from rekey.rule_head import rule_heads
    from rekey.site import check_rules, load_site

    known = load_site(file)
    check_rules(known, rule_heads(all_packs(folders)))
    today = datetime.now(UTC).date()
    click.echo(
        f"{len(known.networks)} networks, {len(known.identities)} identities, "
        f"{len(known.exclusions)} exclusions, {len(known.announced)} announcements, "
        f"{len(known.rules)} rules tuned"
    )
    for entry in known.expired(today):
        click.echo(
            f"expired on {entry.expires}: {entry.id}, owner {visible(entry.owner)} "
            "(it excludes nothing any more; renew or remove it)"
        )


@site.command()
@click.option(
    "--site", "file", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="The site file.",
)  # fmt: skip
@click.option(
    "--out",
    default="rules/filters",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; filters of an earlier run that are no longer due are removed.",
)
@pack_option
def filters(file: Path, out: Path, folders: tuple[Path, ...]) -> None:
    """Write one Sigma filter for each exclusion and log source.

    The commands of rekey apply a site file by themselves; these files are for other Sigma tools.
    """
    from rekey.rule_head import rule_heads
    from rekey.site import check_rules, load_site, sigma_filters
    from rekey.site.write import write_filters

    known, heads = load_site(file), rule_heads(all_packs(folders))
    check_rules(known, heads)
    documents = sigma_filters(known, datetime.now(UTC).date(), heads)
    for written in write_filters(documents, out):
        click.echo(written)
