"""Running the linter over rule files, or over whole packs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from rekey.converters.lint import (
    fields,
    fixtures,
    gaps,
    portable,
    sigma_parser,
    structure,
    tags,
    x_rekey,
)
from rekey.converters.lint.context import Context, context_of
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import RuleFile, read_rule_file
from rekey.errors import Place, RekeyError
from rekey.pack import Pack

CONCERNS: Final[tuple[Callable[[RuleFile, Context], Iterator[Finding]], ...]] = (
    structure.check,
    gaps.check,
    sigma_parser.check,
    portable.check,
    fields.check,
    tags.check,
    x_rekey.check,
    fixtures.check,
)


def check_packs(packs: Iterable[Pack], only: Sequence[Path] = ()) -> tuple[list[Finding], int]:
    """Check the rules of packs, or only those in some files or folders.

    Args:
        packs: all packs; rules may refer to each other across them.
        only: rule files, or folders of such, to which findings are limited; a pack's own
            ``rules`` folder stands for the whole pack.

    Returns:
        The findings in the order of files and lines, and the number of rules checked.

    Raises:
        RekeyError: a path of ``only`` that holds no rule.
    """
    context = context_of(packs)
    files = list(_selected(only)) if only else _all(context)
    findings = [finding for file in files for finding in check_file(file, context)]
    findings += _same_ids(files, _all(context))
    for pack in context.packs:
        if not only or pack.rules in only:
            findings += _orphans(pack)
    return sorted(set(findings), key=_order), len(files)


def check_file(file: Path, context: Context) -> list[Finding]:
    """Check one rule file and its fixtures."""
    try:
        rule = read_rule_file(f"{file.resolve().parent.name}/{file.stem}", file)
    except RekeyError as error:
        return [Finding("RK101", error.place or Place(file), error.message, error.hint)]
    if not rule.parts or any(not part.data for part in rule.parts):
        return [Finding("RK101", Place(file), "holds no rule, or a document that is no mapping")]
    return [finding for check in CONCERNS for finding in check(rule, context)]


def _all(context: Context) -> list[Path]:
    return [file for pack in context.packs for file in pack.rule_files().values()]


def _selected(only: Sequence[Path]) -> Iterator[Path]:
    for path in only:
        files = sorted(path.rglob("*.yml")) if path.is_dir() else [path]
        files = [file for file in files if file.resolve().parent.name != "filters"]
        if not files or not files[0].is_file():
            raise RekeyError("holds no rule", place=Place(path), hint="Name a rule file or folder.")
        yield from files


def _same_ids(files: Sequence[Path], known: Sequence[Path]) -> Iterator[Finding]:
    """Compare the ids of files with each other and with those of all packs."""
    checked = {file.resolve() for file in files}
    others = [file for file in known if file.resolve() not in checked]
    seen: dict[str, Path] = {}
    for file in [*others, *files]:
        try:
            parts = read_rule_file(file.stem, file).parts
        except RekeyError:
            continue  # its own finding is RK101
        for part in parts:
            value = part.data.get("id")
            if isinstance(value, str) and value in seen and file not in others:
                yield Finding("RK107", part.place("id"), f"the id also stands in {seen[value]}")
            seen.setdefault(str(value), file)


def _orphans(pack: Pack) -> Iterator[Finding]:
    paths = pack.rule_files().keys()
    for folder in sorted(pack.fixtures.glob("*/*/")):
        name = f"{folder.parent.name}/{folder.name}"
        if folder.parent.name != "scenarios" and name not in paths:
            yield Finding("RK609", Place(folder), f"there is no rule {name}")


def _order(finding: Finding) -> tuple[str, int, str, str]:
    return (str(finding.place.path), finding.place.line or 0, finding.code, finding.message)
