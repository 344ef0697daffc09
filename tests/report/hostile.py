"""Hostile text in every field that a log or a file can fill."""

from itertools import cycle
from typing import Any

from rekey.case import Investigation
from tests.report.samples import investigation

PAYLOADS = (
    "<script>alert(1)</script>",
    "\"' onmouseover='alert(1)' x=\"",
    "</style></title></pre></svg><img src=x onerror=alert(1)>",
    "{{7*7}}{% raw %}${7*7}<%= 7*7 %>",
    "\x1b[31;1mred\x1b[0m\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "admin\u202egpj.exe\u2066\u2069\u200b",
    "null\x00byte\r\nX-Injected: yes\x85\x9b31m",
    "javascript:alert(document.domain)",
    "]]><!--<svg onload=alert(1)>--><!DOCTYPE x>&lt;b&gt;&#x3c;",
    '=HYPERLINK("http://evil.example","x")',
    "[link=http://evil.example]here[/link][blink]:bomb:",
    '"/><use href="http://evil.example/#x"/>#id url(http://evil.example)',
    "\ud83d lone surrogate \ufffe\U000e0041",
    "A" * 100_000,
    "Z\u0351" + "\u0351" * 400,
)
BENIGN = tuple(f"plain{place}" for place in range(len(PAYLOADS)))
CHECKED = {"by", "level", "attribution", "link", "validity", "role", "schema_version"}
"""Fields in which the model itself allows certain words only."""


def filled(payloads: tuple[str, ...]) -> Investigation:
    """Put payloads before and after every free text; equal texts stay equal."""
    supply = cycle(payloads)
    seen: dict[str, str] = {}

    def around(value: str) -> str:
        return seen.setdefault(value, f"{next(supply)}{value}{next(supply)}")

    def walk(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            from_log = key in ("raw", "document", "rejected")
            return {
                around(name) if from_log else name: walk(item, name) for name, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [walk(item, key) for item in value]
        return around(value) if isinstance(value, str) and key not in CHECKED else value

    found = investigation().model_dump()
    credential = found["cases"][0]["credentials"][-1]
    credential |= {"validity": "revoked", "revoked_at": found["started"], "revoked_by": "somebody"}
    return Investigation.model_validate(walk(found, ""))


def hostile() -> Investigation:
    """The realistic investigation, every text of it hostile."""
    return filled(PAYLOADS)
