"""From what the user names to files: paths, globs, folders, standard input."""

import os
from collections.abc import Iterable, Iterator
from glob import has_magic
from pathlib import Path
from typing import Final

from rekey.errors import Place, RekeyError

STDIN: Final = "-"

_NO_LOGS: Final = (".md", ".yml", ".yaml")
"""Files that lie beside logs: fixtures' provenance, notes."""
_NO_FOLDERS: Final = ("CloudTrail-Digest",)
"""CloudTrail's own integrity files lie in the same bucket and are no events.
docs.aws.amazon.com, "CloudTrail digest file structure"."""


def find_inputs(paths: Iterable[str], *, ours: Iterable[Path] = ()) -> tuple[str, ...]:
    """Resolve paths, patterns and folders, each file once, in sorted order within an argument.

    Folders are searched with all below them; links to folders are not followed there, so that a
    loop ends. Hidden files, digests and notes are left out, unless a pattern names them; a folder
    that may not be listed and a link that leads nowhere are given as they are, for the reader to
    report.

    Args:
        paths: what the user named.
        ours: files that we write ourselves, which may lie in a folder that we read.

    Returns:
        paths as the user would write them.

    Raises:
        RekeyError: a path does not exist, or a pattern matches nothing.
    """
    seen = {os.path.realpath(each) for each in ours}
    found: list[str] = []
    for path in paths:
        for each in _expand(path):
            real = each if each == STDIN else os.path.realpath(each)
            if real not in seen:
                seen.add(real)
                found.append(each)
    return tuple(found)


def _expand(path: str) -> Iterator[str]:
    # os.path answers False where Path raises: names that are too long, folders we may not enter.
    if path == STDIN:
        yield STDIN
    elif os.path.isdir(path):  # noqa: PTH112
        yield from _tree(path)
    elif os.path.exists(path):  # noqa: PTH110
        yield path
    elif has_magic(path):
        yield from _matches(path)
    else:
        raise RekeyError(
            "no such file or folder",
            place=Place(path or "''"),
            hint="Name files, folders, a quoted glob such as 'logs/**/*.json.gz', or - for "
            "standard input.",
        )


def _matches(pattern: str) -> Iterator[str]:
    parts = Path(pattern).parts
    first = next(i for i, part in enumerate(parts) if has_magic(part))
    base = Path(*parts[:first])
    try:
        # Unlike the glob module, Path does not follow links in "**": a loop ends.
        matches = sorted(base.glob("/".join(parts[first:])))
    except ValueError as error:
        raise RekeyError(f"is no pattern: {error}", place=Place(pattern)) from error
    if not matches:
        raise RekeyError(
            "no file matches", place=Place(pattern), hint="** stands for any number of folders."
        )
    for match in matches:
        inner = match.relative_to(base).parts
        if any(part.startswith(".") for part in inner) and "/." not in f"/{pattern}":
            continue
        if any(part in _NO_FOLDERS and part not in parts for part in inner):
            continue
        if match.name.endswith(_NO_LOGS) and not pattern.endswith(_NO_LOGS):
            continue
        if match.is_dir():
            yield from _tree(str(match))
        else:
            yield str(match)


def _tree(folder: str) -> Iterator[str]:
    unlisted: list[str] = []
    for parent, folders, files in os.walk(
        folder, onerror=lambda error: unlisted.append(error.filename)
    ):
        folders[:] = sorted(f for f in folders if f not in _NO_FOLDERS and not f.startswith("."))
        for file in sorted(files):
            path = os.path.join(parent, file)  # noqa: PTH118 (keeps "./" as the user wrote it)
            if _is_log(file) and (os.path.isfile(path) or not os.path.exists(path)):  # noqa: PTH113, PTH110
                yield path
    yield from unlisted


def _is_log(file: str) -> bool:
    return not file.startswith(".") and not file.endswith(_NO_LOGS)
