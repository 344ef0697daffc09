"""Rules for the template and style files themselves."""

import re
from pathlib import Path

import pytest

from rekey.containment.report import html as containment
from rekey.report import html

FOLDER = Path(html.__file__).parent / "templates"
CONTAINMENT = Path(containment.__file__).parent / "templates"
TEMPLATES = sorted([*FOLDER.glob("*.j2"), *CONTAINMENT.glob("*.j2")])
STYLE = (FOLDER / "report.css").read_text("utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_neither_switch_off_escaping_nor_style_nor_script(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|<script|\sstyle=|https?:", text)
    assert not re.search(r"\s[a-z-]+=\{\{", text), "an attribute without quotes"


def test_a_template_that_prints_nothing_is_a_defect() -> None:
    environment = html.templates()
    with pytest.raises(TypeError, match="prints a StrictUndefined"):
        environment.from_string("{{ missing }}").render()
    with pytest.raises(TypeError, match="prints a NoneType"):
        environment.from_string("{{ value }}").render(value=None)


def test_values_are_escaped_and_made_visible() -> None:
    template = html.templates().from_string('<p title="{{ value }}">{{ value }}</p>')
    assert template.render(value='<b>"\x1b\u202e') == (
        '<p title="&lt;b&gt;&#34;\\x1b\\u202e">&lt;b&gt;&#34;\\x1b\\u202e</p>'
    )


def palette(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6});", block))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT, DARK = (palette(block) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL))


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_colours_meet_wcag_aa(colours: dict[str, str]) -> None:
    grounds = [colours[name] for name in ("paper", "sheet", "wash")]
    texts = set(colours) - {"paper", "sheet", "wash", "hair"}
    assert texts >= {"ink", "soft", "link", "critical", "high", "medium", "low"}
    for name in texts:
        assert min(contrast(colours[name], ground) for ground in grounds) >= 4.5, name


def test_both_schemes_and_paper_are_styled() -> None:
    assert set(LIGHT) == set(DARK)
    assert "@media print" in STYLE and ":focus-visible" in STYLE
    assert not re.search(r"</|\r|url\(|@import|@font-face", STYLE)
