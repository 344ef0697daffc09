"""The evidence as one HTML file, under the same policy and escaping as the report of a case."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from rekey.containment.report.evidence import EffectEvidence, Evidence
from rekey.containment.report.exposure_words import AS_PLANNED
from rekey.containment.report.left_out import for_nobody, for_people
from rekey.report import html as case_html
from rekey.report.raw_json import pretty

_TEMPLATES: Final = Path(__file__).parent / "templates"
_CASE_TEMPLATES: Final = Path(case_html.__file__).parent / "templates"

_TONES: Final = {
    "verified": "good", "undone": "mid", "residual": "mid", "waiting": "mid", "unproven": "bad",
    "refused": "bad", "failed": "bad", "intended": "bad", "applied": "bad",
}  # fmt: skip
"""Where a step stands → how it is coloured; the others not at all."""


def page(evidence: Evidence) -> str:
    """Write the evidence as an HTML document."""
    sheets = (_CASE_TEMPLATES / "report.css", _TEMPLATES / "containment.css")
    style = "".join(sheet.read_text("utf-8") for sheet in sheets)
    return _environment().get_template("containment.html.j2").render(
        found=evidence, style=Markup(style),  # noqa: S704 - our own files
        policy=case_html.policy(style), as_planned=AS_PLANNED,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    """Give the environment of the case report, with our folder before its own."""
    environment = case_html.templates().overlay(
        loader=ChoiceLoader([FileSystemLoader(_TEMPLATES), FileSystemLoader(_CASE_TEMPLATES)])
    )
    environment.filters |= {
        "pretty": pretty, "hasty": _hasty, "for_people": for_people, "for_nobody": for_nobody,
        "tone": lambda status: _TONES.get(status, ""),
    }  # fmt: skip
    return environment


def _hasty(effects: Iterable[EffectEvidence]) -> list[tuple[int | None, int]]:
    """Give the bounds that a site had set shorter than is advised, each with what is advised."""
    found = ((one.bound_seconds, one.advised_seconds) for one in effects)
    return list(dict.fromkeys((bound, advised) for bound, advised in found if advised))
