"""The page about rights is what the actions say, and links of the containment pages lead somewhere."""

import re
from pathlib import Path

import pytest

from rekey.providers.pages import offered, page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_about_rights_is_current() -> None:
    assert (DOCS / "least-privilege.md").read_text("utf-8") == page(), (
        "run python -m rekey.providers.pages docs"
    )


def test_every_action_and_every_right_stands_there() -> None:
    text = page()
    for provider, store in offered():
        for action in provider.actions():
            assert f"`{action.spec.name}`" in text
        for permission in store.permissions:
            resource, _, group = permission.name.rpartition(" ")[2].partition(".")
            assert resource in text
            assert group in text


@pytest.mark.parametrize(
    "name",
    ["containment", "least-privilege", "providers", "threat-model", "verify-evidence",
     "performance", "architecture"],
)  # fmt: skip
def test_links_lead_somewhere(name: str) -> None:
    file = DOCS / f"{name}.md"
    for link in re.findall(r"\]\((?!https:)([^)#]+)", file.read_text("utf-8")):
        assert (file.parent / link).exists(), link
