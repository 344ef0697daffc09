"""``rekey build elastic``: the rules as Kibana imports them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rekey.cli.options import all_packs, pack_option, site_option
from rekey.cli.terminal import visible
from rekey.errors import ExitCode
from rekey.pack import Pack, shipped_pack

if TYPE_CHECKING:
    from rekey.converters.elastic.kibana import Extras
    from rekey.converters.elastic.package import Package

SCHEMAS = ("ecs", "raw")


@click.command()
@click.option(
    "--out",
    default="dist/elastic",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write.",
)
@click.option(
    "--schema",
    type=click.Choice(SCHEMAS),
    default="ecs",
    show_default=True,
    help="How your logs are indexed: by Elastic's integrations, or as they are.",
)
@pack_option
@site_option
@click.option("--enable", is_flag=True, help="Rules start to run as soon as they are imported.")
@click.option("--suppress", is_flag=True, help="Suppress repeated alerts. Needs a paid licence.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a version has to rise.")
@click.option("--update-versions", is_flag=True, help="Write nothing but the file of versions.")
def elastic(
    out: Path,
    schema: str,
    folders: tuple[Path, ...],
    site_file: Path | None,
    enable: bool,
    suppress: bool,
    check: bool,
    update_versions: bool,
) -> int:
    r"""Write the rules for Elastic Security, ready to be imported in Kibana.

    \b
    rules.ndjson      import it under Security, Rules, Detection rules (SIEM)
    differences.json  where a rule says less or more than its Sigma original
    unsupported.json  rules that Elastic cannot say, with the reasons
    """
    from rekey.converters.elastic.package import write

    if check or update_versions:
        return _versions(update=update_versions)
    package = _build(schema, all_packs(folders), site_file, enable=enable, suppress=suppress)
    for written in write(package, out):
        click.echo(written)
    _summarise(package)
    return ExitCode.OK


def _build(
    schema: str,
    packs: Sequence[Pack],
    site_file: Path | None = None,
    *,
    enable: bool = False,
    suppress: bool = False,
) -> "Package":
    from rekey.converters.elastic.exclusions import read_exclusions
    from rekey.converters.elastic.package import build
    from rekey.converters.elastic.schema import Schema
    from rekey.converters.elastic.target import Target
    from rekey.converters.elastic.versions import lock
    from rekey.converters.version_lock import read
    from rekey.loading import load

    loaded = load(packs, site_file, filtered=False)
    for entry in loaded.site.expired(loaded.day):
        told = f"the exception {entry.id} expired on {entry.expires} and excludes nothing any more"
        click.echo(f"note: {told} (owner: {visible(entry.owner)})", err=True)
    made = Schema(schema)  # type: ignore[arg-type] # a Choice
    target = Target(made, loaded.site, suppress, read_exclusions(loaded.filters))
    return build(loaded.rules.rules, target, _extras(packs, enable), read(lock(schema)))


def _extras(packs: Sequence[Pack], enable: bool) -> "Extras":
    from rekey.converters.elastic.kibana import Extras
    from rekey.converters.elastic.threat import Attack
    from rekey.converters.lint.tables import tactics, techniques

    files = [file for pack in packs for file in sorted(pack.playbooks.glob("*.yml"))]
    playbooks = {file.stem: _playbook(file) for file in files}
    return Extras(Attack(tactics(), techniques()), playbooks, enable)


def _playbook(file: Path) -> Any:
    from rekey.converters.elastic.note import Playbook
    from rekey.yaml_file import read_yaml

    data = read_yaml(file).data
    steps = tuple(str(step["do"]) for step in data.get("steps", ()))
    return Playbook(file.stem, str(data.get("title", "")), str(data.get("summary", "")), steps)


def _summarise(package: "Package") -> None:
    kinds = [str(rule["type"]) for rule in package.rules.values()]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    click.echo(f"{len(kinds)} rules ({counts}), {len(package.unsupported)} unsupported")
    for path, reason in package.unsupported.items():
        click.echo(f"unsupported: {path}: {visible(reason)}")


def _versions(*, update: bool) -> int:
    """Compare the shipped rules with the files of versions, or write them."""
    from rekey.converters.elastic.versions import digests, lock
    from rekey.converters.version_lock import changed, raised, read, write

    differ: set[str] = set()
    for schema in SCHEMAS:
        package, known = _build(schema, [shipped_pack()]), read(lock(schema))
        made = raised(known, digests(package.by_id))
        paths = {rule["rule_id"]: path for path, rule in package.rules.items()}
        differ |= {paths.get(each, each) for each in changed(known, made)}
        if update:
            write(lock(schema), made)
    for path in sorted(differ):
        click.echo(f"{'new version' if update else 'has changed'}: {path}")
    click.echo(f"{len(differ)} rules changed")
    return ExitCode.FINDINGS if differ and not update else ExitCode.OK
