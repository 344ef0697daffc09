"""Search macros: a name between backticks stands for a piece of search text.

https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Macrosconf: a macro with arguments is
named ``name(count)``, and ``$argument$`` in its definition is replaced by the text given.
"""

import re
from collections.abc import Mapping

from tests.spl.refusal import Refused

_CALL = re.compile(r"([A-Za-z0-9_:-]+)(?:\((.*)\))?", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_DEPTH = 10


def expand(search: str, macros: Mapping[str, Mapping[str, str]], depth: int = 0) -> str:
    """Replace all macros in a search, also those that other macros bring in.

    Args:
        search: the search.
        macros: stanza of ``macros.conf`` → its settings.
        depth: how many macros this one stands in.

    Raises:
        Refused: a macro is unknown, or made of an eval expression, or calls itself.
    """
    if depth > _DEPTH:
        raise Refused("macros call each other without end")
    # The documentation does not say whether a backtick inside a string calls a macro.
    if any("`" in string for string in _STRING.findall(search)):
        raise Refused("a backtick stands inside a string")
    pieces = search.split("`")
    if len(pieces) % 2 == 0:
        raise Refused("a backtick has no partner")
    for index in range(1, len(pieces), 2):
        pieces[index] = expand(_definition(pieces[index], macros), macros, depth + 1)
    return "".join(pieces)


def _definition(call: str, macros: Mapping[str, Mapping[str, str]]) -> str:
    match = _CALL.fullmatch(call.strip())
    if not match:
        raise Refused(f"not a macro call: {call!r}")
    values = [value.strip() for value in match[2].split(",")] if match[2] else []
    name = f"{match[1]}({len(values)})" if values else match[1]
    if name not in macros:
        raise Refused(f"the macro {name} is not defined")
    settings = macros[name]
    if settings.get("iseval", "0") not in ("0", "false"):
        raise Refused(f"the macro {name} is an eval expression")
    text = settings["definition"]
    names = [part.strip() for part in settings.get("args", "").split(",") if part.strip()]
    for argument, value in zip(names, values, strict=True):
        text = text.replace(f"${argument}$", value)
    return text
