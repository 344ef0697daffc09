"""RK115: no gap that `rekey rules new` left is still open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import RuleFile
from rekey.errors import Place

GAP: Final = "<fill in:"
"""How a gap begins; it ends with ``>``."""


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Look for gaps in a rule and in the files of its fixtures."""
    yield from _gaps(rule.file)
    folder = context.fixture_folder(rule.file)
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if file.is_file():
                yield from _gaps(file)


def _gaps(file: Path) -> Iterator[Finding]:
    text = file.read_bytes().decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n"), start=1):
        if GAP in line:
            what = line.split(GAP, 1)[1].split(">")[0].strip()
            yield Finding("RK115", Place(file, number), f"still to be written: {what}")
