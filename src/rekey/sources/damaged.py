"""Blank secrets in what is no record any more: cut off or broken, it has no paths to go by."""

import re
from functools import cache
from typing import Final

from rekey.converters.registry import registry
from rekey.sources.scrub import REDACTED, scrub

_KEY: Final = r'((?<!\\)\\*"(?:{})\\*"\s*:\s*'
_ENDINGS: Final = r'[^"\\]*(?:password|passwd|secret|token|private_?key)'
_VALUE: Final = r'(?:(?P<quote>\\*")(?:(?!(?<!\\)(?P=quote)).)*|[\[{].*|[^\s",}\]]+)'
"""A text up to a quote that is escaped as its first one is; all that follows of an array or object;
else one word."""


def scrub_damaged(text: str) -> str:
    """Blank what looks like a secret, and what stands under the keys of secrets.

    Of an object all of whose values are secrets, everything after its begin goes.
    """
    objects, values = _keys_of_secrets()
    text = objects.sub(rf"\1{REDACTED}", scrub(text))
    return values.sub(rf"\1{REDACTED}", text)


@cache
def _keys_of_secrets() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Read the registry's marks as keys: of objects (``data.*``), and of values."""
    marks = {
        mark.replace("[]", "")
        for source in registry().values()
        for mark in (*source.redact, *source.redact_to_host)
    }
    objects = {mark.split(".")[-2] for mark in marks if mark.endswith(".*")}
    values = {mark.rpartition(".")[2] for mark in marks if not mark.endswith(".*")}
    # A mark's last key may itself hold dots, as those of annotations do.
    exact = [rf'(?:[^"\\]*\.)?{re.escape(value)}' for value in sorted(values)]
    named = "|".join([*exact, _ENDINGS])
    begun = "|".join(map(re.escape, sorted(objects)))
    return (
        re.compile(_KEY.format(begun) + r"\{).+", re.DOTALL),
        re.compile(_KEY.format(named) + ")" + _VALUE, re.DOTALL | re.IGNORECASE),
    )
