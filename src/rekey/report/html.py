"""The report as one HTML file: no script, no external asset, works from disk and offline.

Three things keep hostile log text inert, each enough alone for most attacks: every expression of a
template is escaped by Jinja; before that, :func:`_printed` makes it visible and bounded; and the
page's policy forbids scripts, requests, forms and every style but its own.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from rekey.case import Investigation
from rekey.report import lineage_svg, words
from rekey.report.findings import by_level, label, note
from rekey.report.page_view import prepare
from rekey.report.reach import shared_head
from rekey.report.safe_text import shorten, show, visible

_TEMPLATES: Final = Path(__file__).parent / "templates"
_DESCRIPTION_LIMIT: Final = 3_000


def page(found: Investigation) -> str:
    """Write the report as an HTML document."""
    style = (_TEMPLATES / "report.css").read_text("utf-8")
    return templates().get_template("page.html.j2").render(
        view=prepare(found), style=Markup(style), policy=policy(style)  # noqa: S704 – our own file
    )  # fmt: skip


def policy(style: str) -> str:
    """Give the content security policy for a page with this one style sheet."""
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def templates() -> Environment:
    """Give the environment of all templates: strict, escaping, printing nothing unsafe."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "brief": lambda text, limit: shorten(visible(text), limit),
        "by_level": by_level,
        "raw": _raw,
        "at_length": _at_length,
        "shared_head": shared_head,
        "without": lambda texts, head: [text.removeprefix(head) for text in texts],
        "iso": lambda time: words.in_utc(time).isoformat(),
        "thousands": lambda number: f"{number:,}",
    }
    environment.globals |= {"shape": lineage_svg, "label": label, "note": note}
    environment.globals |= {
        name: getattr(words, name)
        for name in (
            "caveat", "clock", "day", "duration", "first_rejected", "kind", "owner",
            "plural", "rejection", "size", "span", "validity", "validity_and_use", "verdict", "when",
        )
    }  # fmt: skip
    return environment


def _printed(value: object) -> str:
    """Make what a template prints safe to show; Jinja escapes it afterwards.

    Raises:
        TypeError: a template prints a thing that is no text or number, such as ``None``.
    """
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return show(value)
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    raise TypeError(f"a template prints a {type(value).__name__}")


def _raw(text: str) -> Markup:
    """Let a raw record keep its lines: it was made visible and bounded by ``raw_json``."""
    return escape(text)


def _at_length(text: str) -> Markup:
    """Let a description be longer than a cell."""
    return escape(show(text, _DESCRIPTION_LIMIT))
