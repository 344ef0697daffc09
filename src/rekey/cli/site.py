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
    from rekey.report.words import plural
    from rekey.rule_head import rule_heads
    from rekey.site import in_force, load_site
    from rekey.site_check import check_site

    known = load_site(file)
    check_site(known, rule_heads(all_packs(folders)))
    today = datetime.now(UTC).date()
    counts = [
        plural(len(known.networks), "network"),
        plural(len(known.identities), "identity", "identities"),
        plural(len(known.exclusions), "exclusion"),
        plural(len(known.announced), "announcement"),
        f"{plural(len(known.rules), 'rule')} tuned",
    ]
    click.echo(", ".join(counts))
    for told in in_force(known, today):
        click.echo(f"in force: {visible(told)}")
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
    from rekey.site import load_site, sigma_filters
    from rekey.site.write import write_filters
    from rekey.site_check import check_site

    known, heads = load_site(file), rule_heads(all_packs(folders))
    check_site(known, heads)
    documents = sigma_filters(known, datetime.now(UTC).date(), heads)
    for written in write_filters(documents, out):
        click.echo(written)
