"""Options of commands, as ``window=5``."""

from collections.abc import Mapping
from functools import cache

from tests.spl.parser import parse
from tests.spl.refusal import Refused

_TRUE = {"t", "true", "1"}
_FALSE = {"f", "false", "0"}


@cache
def options_of(command: str, arguments: str, *known: str) -> Mapping[str, str]:
    """The options that a command was given, among those that it knows.

    Raises:
        Refused: one is unknown, or given twice.
    """
    found: dict[str, str] = {}
    for option in parse(command, arguments).find_data("option"):
        name, value = map(str, option.children)
        if name not in known or name in found:
            raise Refused(f"the option {name}={value}")
        found[name] = value
    return found


def flag(options: Mapping[str, str], name: str, default: bool) -> bool:
    """A truth value among the options."""
    value = options.get(name, "t" if default else "f").lower()
    if value not in _TRUE | _FALSE:
        raise Refused(f"the option {name}={value}")
    return value in _TRUE
