"""What a version of a detection rule stands for, and where versions are kept.

A lock file for each way of indexing lies beside this file and travels with the product.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rekey.converters import version_lock

_NOT_CONTENT: Final = frozenset({"version", "enabled"})


def lock(schema: str) -> Path:
    """Give the lock file of a way of indexing."""
    return Path(__file__).parent / f"versions_{schema}.json"


def digests(rules: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Sum up what each compiled rule says, by Sigma id."""
    return {
        name: version_lock.digest({k: v for k, v in rule.items() if k not in _NOT_CONTENT})
        for name, rule in rules.items()
    }
