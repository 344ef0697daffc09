"""Regular expressions and LIKE patterns.

Splunk uses PCRE (https://docs.splunk.com/Documentation/Splunk/9.4.0/Knowledge/AboutSplunkregularexpressions).
What PCRE and Python read differently is refused.
"""

import re
from functools import cache
from typing import Final

from tests.spl.refusal import Refused

_DIFFERENT: Final = re.compile(r"\\[QEKRhHvVGXCgkopPzZN]|\[\[:|\(\?[|&R0-9+]|\(\*")
_GROUP: Final = re.compile(r"\(\?<(?![=!])")


@cache
def compile_regex(pattern: str) -> re.Pattern[str]:
    """Compile a PCRE pattern.

    Raises:
        Refused: it does not compile, or uses what Python reads in another way.
    """
    unescaped = re.sub(r"\\\\", "", pattern)
    if _DIFFERENT.search(unescaped):
        raise Refused(f"the regex {pattern!r} uses what PCRE and Python read differently")
    try:
        # \d, \w and \b mean ASCII in PCRE unless it is told otherwise.
        return re.compile(_GROUP.sub("(?P<", pattern), re.ASCII)
    except re.error as error:
        raise Refused(f"the regex {pattern!r} does not compile: {error}") from error


@cache
def like_pattern(pattern: str) -> re.Pattern[str]:
    """Compile the pattern of ``like()``.

    Raises:
        Refused: it holds a backslash: whether one escapes a wildcard is not documented.
    """
    if "\\" in pattern:
        raise Refused(f"a backslash in the pattern {pattern!r} of like()")
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(c) or re.escape(c) for c in pattern), re.DOTALL)
