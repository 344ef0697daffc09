"""Where a server's files are, and what happens to a test whose server is not there."""

import os
from pathlib import Path
from typing import Final, NoReturn

import pytest

GET: Final = "make engines"
"""The command that gets every server."""

REQUIRED: Final = "REKEY_REQUIRE_ENGINES"
"""Set to 1, a missing server fails its tests instead of skipping them."""

FOLDER: Final = "REKEY_ENGINES_DIR"
"""A folder with one folder for each server, looked at first."""


def folders() -> list[Path]:
    """Folders that may hold servers, in the order in which they are asked."""
    named = os.environ.get(FOLDER)
    return ([Path(named)] if named else []) + [cache()]


def cache() -> Path:
    """The user's cache folder, into which ``make engines`` puts what it gets."""
    cached = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cached) / "rekey" / "engines"


def find(name: str) -> Path | None:
    """Find a server's file or folder by its name relative to such a folder."""
    return next((folder / name for folder in folders() if (folder / name).exists()), None)


def missing(what: str, way: str = f"get it with: {GET}") -> NoReturn:
    """End a test whose server is not there.

    Args:
        what: what is not there.
        way: how to mend that.
    """
    reason = f"{what} is not here; {way}"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason} ({REQUIRED}=1)", pytrace=False)
    pytest.skip(reason)
