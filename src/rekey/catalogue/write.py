"""Bringing the generated pages of a folder up to date."""

from collections.abc import Mapping
from pathlib import Path

from rekey.errors import Place, RekeyError


def outdated(pages: Mapping[str, str], docs: Path) -> list[Path]:
    """List the pages that are missing, differ, or belong to no rule any more."""
    wrong = [
        docs / name
        for name, text in pages.items()
        if not (docs / name).is_file() or (docs / name).read_text("utf-8") != text
    ]
    orphans = [
        page for page in docs.glob("rules/*/*.md") if f"{page.relative_to(docs)}" not in pages
    ]
    return sorted([*wrong, *orphans])


def write(pages: Mapping[str, str], docs: Path) -> list[Path]:
    """Write the pages that are not up to date, remove those of rules that are gone.

    Returns:
        The files that changed.

    Raises:
        RekeyError: the folder cannot be written.
    """
    changed = outdated(pages, docs)
    names = [page.relative_to(docs).as_posix() for page in changed]
    save({name: pages[name] for name in names if name in pages}, docs)
    try:
        for name in names:
            if name not in pages:
                (docs / name).unlink()
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be removed", place=Place(docs)) from error
    return changed


def save(pages: Mapping[str, str], folder: Path) -> list[Path]:
    """Write pages into a folder, whatever else it holds.

    Returns:
        The files.

    Raises:
        RekeyError: the folder cannot be written.
    """
    try:
        for name, text in pages.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(folder)) from error
    return [folder / name for name in pages]
