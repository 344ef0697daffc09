"""``rekey rules check``: the rule standard, enforced and explained."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import cell, console, visible
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.converters.lint import Finding


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@pack_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@click.option("--explain", metavar="CODE", help="Explain a code, such as RK205, and exit.")
def check(
    paths: tuple[Path, ...], folders: tuple[Path, ...], form: str, explain: str | None
) -> int:
    """Check rules, their fixtures and provenance against the rule standard, offline.

    PATH is a rule file, a folder, or a rule's name such as aws/secret_read_by_new_reader.
    Without PATH all shipped rules are checked, with --pack only those of the pack. Exit code 1
    says that there were findings.
    """
    from rekey.converters.lint import check_packs
    from rekey.pack import shipped_pack

    if explain:
        _explain(explain)
        return ExitCode.OK
    shipped = shipped_pack().rules.resolve()
    own = (path for path in paths if _is_pack(path) and (path / "rules").resolve() != shipped)
    packs = all_packs(tuple(dict.fromkeys((*folders, *own))))
    known = {name: file for pack in packs for name, file in pack.rule_files().items()}
    only = tuple(_meant(path, known) for path in paths) or tuple(pack.rules for pack in packs[1:])
    findings, count = check_packs(packs, only)
    if form == "json":
        _print_json(findings, count)
    else:
        _print_text(findings, count)
    return ExitCode.FINDINGS if findings else ExitCode.OK


def _meant(path: Path, known: Mapping[str, Path]) -> Path:
    """Resolve what is to be checked; of a pack its rules, as fixtures and the like are none."""
    if _is_pack(path):
        return path / "rules"
    return path if path.exists() else known.get(str(path), path)


def _is_pack(path: Path) -> bool:
    return (path / "rules").is_dir()


def _explain(code: str) -> None:
    from rekey.converters.lint import CODES

    known = CODES.get(code.upper())
    if known is None:
        raise RekeyError(
            f"there is no code {visible(code)}", hint=f"The codes are {', '.join(CODES)}."
        )
    click.echo(f"{code.upper()}  {known.title}.\n\nWhy: {known.why}\n\nWhat to do: {known.advice}")


def _print_json(findings: "Sequence[Finding]", count: int) -> None:
    import orjson

    report = {"rules": count, "findings": [finding.as_dict() for finding in findings]}
    click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def _print_text(findings: "Sequence[Finding]", count: int) -> None:
    from rekey.report.words import plural

    out = console()
    for finding in findings:
        out.print(cell(f"{finding.place}", "bold"), cell(finding.code, "red"), end=" ")
        out.print(cell(finding.message))
        out.print(cell(f"    why: {finding.why}", "dim"))
        out.print(cell(f"    do:  {finding.advice}"))
    summary = plural(len(findings), "finding") if findings else "no findings"
    out.print(f"{plural(count, 'rule')} checked, {summary}")
