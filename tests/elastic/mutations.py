"""What an attacker can do to every record without doing anything else: odd text, and much of it.

The caller of an API chooses its user agent, and most of what it sends along.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

Record = dict[str, Any]

SPITE: Final = (
    "x\ny\r\nz\u2028\u2029\x85 \t\"\\ * ? / : { } [[ ]] | ` ' $x$ = , ; # -- %20 \u00e9 \U0001f600"
)
"""Line breaks of every kind, and what some language takes for its own."""

_LENGTH: Final = 40_000


def spiteful(record: Record) -> Record:
    """Put odd text in front of, and behind, what the caller chose."""
    made = _with_agent(record, lambda text: f"{text} {SPITE}")
    _put_first(made, "aaa", SPITE)
    _put_last(made, "zzz", SPITE)
    return made


def long(record: Record) -> Record:
    """Make what the caller chose longer than what any index holds."""
    made = _with_agent(record, lambda text: f"{text} {'x' * _LENGTH}")
    _put_last(made, "zzz", "x" * _LENGTH)
    if "requestURI" in made:
        made["requestURI"] += (
            ("&" if "?" in made["requestURI"] else "?") + "command=" + "x" * _LENGTH
        )
    asked = made.get("request")
    if isinstance(asked, dict) and isinstance(asked.get("path"), str):
        asked["path"] += "/" + "x" * _LENGTH  # Vault
    return made


MUTATIONS: Final[Mapping[str, Callable[[Record], Record]]] = {"spiteful": spiteful, "long": long}

_SENT: Final = ("requestParameters",)
"""Objects into which a caller can put a parameter more: CloudTrail logs what was sent."""


def _with_agent(record: Record, change: Callable[[str], str]) -> Record:
    made = copy.deepcopy(record)
    for name in ("userAgent", "user_agent"):
        if isinstance(made.get(name), str):
            made[name] = change(made[name])
    headers = (
        made.get("request", {}).get("headers") if isinstance(made.get("request"), dict) else None
    )
    if isinstance(headers, dict) and headers.get("user-agent"):
        headers["user-agent"] = [change(text) for text in headers["user-agent"]]
    return made


def _put_first(record: Record, key: str, value: str) -> None:
    for name in _SENT:
        if isinstance(record.get(name), dict):
            record[name] = {key: value, **record[name]}


def _put_last(record: Record, key: str, value: str) -> None:
    for name in _SENT:
        if isinstance(record.get(name), dict):
            record[name] = {**record[name], key: value}
