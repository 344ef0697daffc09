"""``rekey build splunk``: the rules as a Splunk app."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.options import all_packs, pack_option, site_option
from rekey.cli.terminal import visible
from rekey.errors import ExitCode
from rekey.pack import Pack, shipped_pack

if TYPE_CHECKING:
    from rekey.converters.splunk.package import Package


@click.command()
@click.option(
    "--out",
    default="dist/splunk",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write.",
)
@pack_option
@site_option
@click.option("--enable", is_flag=True, help="Searches run as soon as the app is installed.")
@click.option(
    "--enterprise-security",
    is_flag=True,
    help="Create notable events and risk. Needs Splunk Enterprise Security.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a version has to rise.")
@click.option("--update-versions", is_flag=True, help="Write nothing but the file of versions.")
def splunk(
    out: Path,
    folders: tuple[Path, ...],
    site_file: Path | None,
    enable: bool,
    enterprise_security: bool,
    check: bool,
    update_versions: bool,
) -> int:
    """Write the rules as an app that Splunk installs (docs/siem/splunk.md).

    \b
    rekey-VERSION.tgz  the app: Apps, Manage Apps, Install app from file
    differences.json   where a search says less than its Sigma original
    unsupported.json   rules that Splunk cannot say, with the reasons
    """  # noqa: D301 - click reads the character
    from rekey.converters.splunk.package import write

    if check or update_versions:
        return _versions(update=update_versions)
    package = _build(
        all_packs(folders), site_file, enable=enable, enterprise_security=enterprise_security
    )
    for written in write(package, out):
        click.echo(written)
    _summarise(package)
    return ExitCode.OK


def _build(
    packs: Sequence[Pack],
    site_file: Path | None = None,
    *,
    enable: bool = False,
    enterprise_security: bool = False,
) -> "Package":
    from rekey.converters.ruleset import load_rules
    from rekey.converters.splunk.package import LOCK, build
    from rekey.converters.splunk.stanzas import Options
    from rekey.converters.version_lock import read
    from rekey.rule_head import rule_heads
    from rekey.site import Site, load_site, sigma_filters
    from rekey.site_check import check_site

    site = load_site(site_file) if site_file else Site()
    heads = rule_heads(packs)
    check_site(site, heads)
    today = datetime.now(UTC).date()
    for entry in site.expired(today):
        told = f"the exception {entry.id} expired on {entry.expires} and excludes nothing any more"
        click.echo(f"note: {told} (owner: {visible(entry.owner)})", err=True)
    rules = load_rules([heads[path].file for path in sorted(heads)], overrides=site.rules).rules
    options = Options(enable=enable, enterprise_security=enterprise_security)
    return build(rules, site, sigma_filters(site, today, heads), options, read(LOCK))


def _summarise(package: "Package") -> None:
    click.echo(
        f"{len(package.digests)} rules in {package.searches} searches, "
        f"{len(package.unsupported)} unsupported"
    )
    for path, reason in package.unsupported.items():
        click.echo(f"unsupported: {path}: {visible(reason)}")


def _versions(*, update: bool) -> int:
    """Compare the shipped rules with the file of versions, or write it."""
    from rekey.converters.splunk.package import LOCK
    from rekey.converters.version_lock import changed, raised, read, write

    package, known = _build([shipped_pack()]), read(LOCK)
    made = raised(known, package.digests)
    differ = changed(known, made)
    for each in differ:
        verb = "new version" if update else "has changed"
        click.echo(f"{verb}: {package.paths.get(each, each)}")
    if update:
        write(LOCK, made)
    click.echo(f"{len(differ)} rules changed")
    return ExitCode.FINDINGS if differ and not update else ExitCode.OK
