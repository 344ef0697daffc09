"""Frozen tables behind the tags, so that checking needs no download.

``attack.csv``: MITRE ATT&CK Enterprise 17.0, tactics and techniques.
``csf.csv``: the categories of the NIST Cybersecurity Framework 2.0.
``owasp_nhi.csv``: the OWASP Non-Human Identities Top 10, 2025 edition.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

FOLDER: Final = Path(__file__).parent


@cache
def names(table: Literal["csf", "owasp_nhi"]) -> Mapping[str, str]:
    """Give id → name of a framework, ids as tags write them."""
    return {row["id"]: row["name"] for row in _rows(table)}


@cache
def tactics() -> Mapping[str, str]:
    """Give the tag name of each ATT&CK tactic → its id (``credential-access`` → ``TA0006``)."""
    return {row["name"]: row["id"] for row in _rows("attack") if row["id"].startswith("TA")}


@cache
def techniques() -> Mapping[str, tuple[str, frozenset[str]]]:
    """Give the tag name of each technique (``t1552.005``) → its name and its tactics."""
    return {
        row["id"].lower(): (row["name"], frozenset(row["tactics"].split()))
        for row in _rows("attack")
        if row["id"].startswith("T1")
    }


def _rows(table: str) -> list[dict[str, str]]:
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
