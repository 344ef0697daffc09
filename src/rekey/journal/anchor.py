"""Anchors: heads that were kept elsewhere, as sinks write them, or signed as checkpoints."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rekey.errors import Place, RekeyError
from rekey.journal.checkpoint import head_of, is_checkpoint, read_checkpoint
from rekey.journal.interface import Head

MARK: Final = "rekey-journal: "
"""Stands before a head in a message of syslog, after whatever the daemon puts before that."""


def read_anchor(
    path: Path, allowed: Path | None, warn: Callable[[str], None] = lambda text: None
) -> list[Head]:
    """Read an anchor: a file of shipped heads, a log of syslog messages, or a signed checkpoint.

    A line that is no head, such as one that was torn when a disk was full, vouches for nothing.

    Args:
        path: of the file.
        allowed: who may sign checkpoints.
        warn: hears of lines that are no heads.

    Raises:
        RekeyError: no head in it; or a checkpoint without a good signature, or no allowed signers
            given.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RekeyError("cannot be read as text", place=Place(path)) from error
    if is_checkpoint(text):
        if allowed is None:
            raise RekeyError(
                "is a checkpoint: its signature needs --allowed-signers", place=Place(path)
            )
        return [read_checkpoint(path, allowed)[0]]
    heads = []
    for number, line in enumerate(text.split("\n"), 1):
        if (head := head_in(line)) is not None:
            heads.append(head)
        elif line.strip():
            warn(f"{path}:{number}: no head of a journal")
    if not heads:
        raise RekeyError(
            "holds no head of a journal",
            place=Place(path),
            hint="An anchor is a file that a sink wrote, a log of syslog, or a checkpoint.",
        )
    return heads


def head_in(line: str) -> Head | None:
    """Read the head in a line, as a sink wrote it; ``None`` if there is none."""
    _, marked, rest = line.partition(MARK)
    try:
        return head_of(json.loads(rest if marked else line))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
