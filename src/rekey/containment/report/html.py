"""The evidence as one HTML file, under the same policy and escaping as the report of a case."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from rekey.containment.report.evidence import EffectEvidence, Evidence
from rekey.report import html as case_html

_TEMPLATES: Final = Path(__file__).parent / "templates"
_CASE_TEMPLATES: Final = Path(case_html.__file__).parent / "templates"


def page(evidence: Evidence) -> str:
    """Write the evidence as an HTML document."""
    style = (_CASE_TEMPLATES / "report.css").read_text("utf-8")
    return _environment().get_template("containment.html.j2").render(
        found=evidence, style=Markup(style),  # noqa: S704 - our own file
        policy=case_html.policy(style),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    """Give the environment of the case report, with our folder before its own."""
    environment = case_html.templates().overlay(
        loader=ChoiceLoader([FileSystemLoader(_TEMPLATES), FileSystemLoader(_CASE_TEMPLATES)])
    )
    environment.filters["plain"] = lambda value: json.dumps(value, sort_keys=True)
    environment.filters["hasty"] = _hasty
    return environment


def _hasty(effects: Iterable[EffectEvidence]) -> list[tuple[int | None, int]]:
    """Give the bounds that a site had set shorter than is advised, each with what is advised."""
    found = ((one.bound_seconds, one.advised_seconds) for one in effects)
    return list(dict.fromkeys((bound, advised) for bound, advised in found if advised))
