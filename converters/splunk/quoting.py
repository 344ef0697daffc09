"""Quoting: the only ways in which a value or a name enters SPL.

Values of rules stand in regular expressions only, in which everything but plain characters is
written as an escape. So quotes, backslashes, wildcards, pipes, brackets, backticks, dollar signs and
line ends of a value can never be read as anything else.

Sources:
    Quotation marks and escapes in eval, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Eval
    Regular expressions in match(), https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/ConditionalFunctions
"""

import re
from typing import Final

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_PLAIN_TEXT: Final = re.compile(r"[A-Za-z0-9 _.:/@,+(){}\[\];%#=<>&!?*'|~-]+")
_NUMBER: Final = re.compile(r"[+-]?[0-9.]+(?:e[+-]?[0-9]+)?", re.IGNORECASE)
_ESCAPED: Final = frozenset(".*+?()[]{}|^")
_CODED: Final = frozenset("\"\\`$'")


def field(name: str) -> str:
    """Write a field where an expression is read (eval, where): always in single quotes.

    Raises:
        ValueError: no field name can hold a quote.
    """
    if "'" in name or '"' in name:
        raise ValueError(f"no field is called {name!r}")
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f"'{name}'"


def argument(name: str) -> str:
    """Write a field where a list of fields is read (dedup, by, table)."""
    field(name)
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


def literal(text: str) -> str:
    """Write a text of our own (a path, an id, a pattern) as a string of an expression.

    Raises:
        ValueError: the text holds what only a pattern can say.
    """
    if '"' in text or "`" in text or "\n" in text:
        raise ValueError(f"not a plain text: {text!r}")
    return f'"{text}"'


def is_plain(text: str) -> bool:
    """Say whether a value can be compared as text: no quoting is needed, and it is no number."""
    return bool(_PLAIN_TEXT.fullmatch(text)) and not _NUMBER.fullmatch(text)


def pattern(text: str) -> str:
    """Write a value as a part of a regular expression within a string."""
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter in _CODED or ord(letter) < 32 or ord(letter) == 127:
        return f"\\x{ord(letter):02x}"
    return f"\\{letter}" if letter in _ESCAPED else letter


def slug(name: str) -> str:
    """Turn a field's or a rule's name into one that needs no quotes anywhere."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
