"""A server's own audit log, one JSON object a line, searched for what suspects did."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from rekey.containment.errors import Refused
from rekey.containment.survey import Finding


def findings(
    log: Path, names: Collection[str], of: Callable[[dict[str, Any]], Iterable[Finding]]
) -> Iterator[Finding]:
    """Give what the entries tell that hold one of some names.

    Args:
        log: the file.
        names: ids of credentials and identities.
        of: reads one entry; one in which something is missing, or of another type, tells nothing.

    Raises:
        Refused: the log cannot be read.
    """
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if any(name in line for name in names):
                    yield from _read(line, of)
    except OSError as error:
        raise Refused(f"the audit log {log} cannot be read: {error.strerror}") from error


def _read(line: str, of: Callable[[dict[str, Any]], Iterable[Finding]]) -> Iterable[Finding]:
    try:
        return list(of(json.loads(line)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
