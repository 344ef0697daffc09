"""Log text is text: whatever it holds, it changes no element and no attribute of the page."""

import re

import pytest

from rekey.report.html import page
from rekey.report.safe_text import visible
from tests.report.hostile import BENIGN, PAYLOADS, filled, hostile
from tests.report.html_reader import Page


@pytest.fixture(scope="module")
def attacked() -> Page:
    return Page(page(hostile()))


def test_the_page_has_the_same_elements_as_with_harmless_text(attacked: Page) -> None:
    assert attacked.shape() == Page(page(filled(BENIGN))).shape()
    assert attacked.comments == []


@pytest.mark.parametrize("payload", PAYLOADS[:13], ids=range(13))
def test_each_payload_stands_there_as_text(attacked: Page, payload: str) -> None:
    assert visible(payload) in attacked.text


def test_templates_in_log_text_are_not_rendered(attacked: Page) -> None:
    assert "{{7*7}}" in attacked.text
    assert "49{%" not in attacked.text and "49${7*7}" not in attacked.text


def test_no_character_of_the_page_acts_on_a_screen(attacked: Page) -> None:
    lines = attacked.html.split("\n")
    assert all(line.isprintable() for line in lines)
    attacked.html.encode("utf-8")


def test_long_text_is_bounded_everywhere(attacked: Page) -> None:
    assert "A" * 5_000 not in attacked.html
    assert max(len(value) for el in attacked.elements for value in el.attributes.values()) < 5_000
    assert len(attacked.html) < 2_000_000


def test_hostile_ids_never_become_ids_of_elements(attacked: Page) -> None:
    ids = [el.attributes["id"] for el in attacked.elements if "id" in el.attributes]
    assert all(re.fullmatch(r"[a-z0-9-]+", id) for id in ids)
    classes = [el.attributes["class"] for el in attacked.elements if "class" in el.attributes]
    assert all(re.fullmatch(r"[a-z -]*", name) for name in classes)


def test_geometry_holds_numbers_only(attacked: Page) -> None:
    names = ("x", "y", "cx", "cy", "r", "rx", "width", "height", "d", "transform", "viewbox")
    for element in attacked.elements:
        for name in names:
            value = element.attributes.get(name, "0")
            assert re.fullmatch(r"(translate\()?[-\d. MHVLCQqAaZlhv]+\)?", value), value
