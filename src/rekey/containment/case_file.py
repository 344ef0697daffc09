"""Reading a case: from the report of ``rekey investigate``, or from a file of its own."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from rekey.case import Case
from rekey.errors import Place, RekeyError

_MAX_BYTES: Final = 500_000_000
_LISTED: Final = 20


def read_case(path: Path, id: str | None = None) -> Case:
    """Read one case.

    Args:
        path: ``case.v1`` or ``investigation.v1``.
        id: which one, where the file holds several.

    Raises:
        RekeyError: unreadable, no case, or not clear which.
    """
    documents = _documents(path)
    fitting = [one for one in documents if id is None or one.get("id") == id]
    if len(fitting) != 1:
        raise RekeyError(
            f"holds no case {id}" if id else f"holds {len(documents)} cases",
            place=Place(path),
            hint=f"Name one with --case; there are:{_listed(documents)}" if documents else None,
        )
    try:
        return Case.model_validate(fitting[0])
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise RekeyError(f"is no case of this version: {where}", place=Place(path)) from error


def _listed(documents: Sequence[Mapping[str, Any]]) -> str:
    """Name cases by id and title, a line each: an id alone says little at three in the morning."""
    told = [
        f"\n  {one.get('id')}  {' '.join(str(one.get('title')).split())}"
        for one in documents[:_LISTED]
    ]
    rest = len(documents) - len(told)
    return "".join(told) + (f"\n  and {rest:,} more, in the report" if rest else "")


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise RekeyError(f"is larger than {_MAX_BYTES:,} bytes", place=Place(path))
        whole = json.loads(raw)
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be read", place=Place(path)) from error
    except (ValueError, RecursionError) as error:
        raise RekeyError("is not JSON", place=Place(path)) from error
    cases = whole.get("cases") if isinstance(whole, dict) else None
    found = cases if isinstance(cases, list) else [whole]
    if not all(isinstance(one, dict) for one in found):
        raise RekeyError(
            "is no case", place=Place(path), hint="`rekey investigate` writes report.json."
        )
    return found
