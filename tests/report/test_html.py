import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest

from rekey.case import Investigation
from rekey.report.html import page
from rekey.report.page_view import IN_FULL
from tests.report.hostile import hostile
from tests.report.html_reader import SVG_ONLY, Page
from tests.report.samples import crowded, empty, investigation, many

MAKERS = [investigation, empty, crowded, hostile, many]


@pytest.fixture(scope="module", params=MAKERS, ids=lambda maker: maker.__name__)
def any_page(request: pytest.FixtureRequest) -> Page:
    return Page(page(request.param()))


@pytest.fixture(scope="module")
def realistic() -> Page:
    return Page(page(investigation()))


def test_the_policy_allows_this_style_sheet_and_nothing_else(any_page: Page) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", any_page.html, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = [
        meta.attributes["content"]
        for meta in any_page.all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert any_page.html.index("Content-Security-Policy") < any_page.html.index("<style>")


def test_nothing_is_loaded_and_nothing_runs(any_page: Page) -> None:
    tags = {element.tag for element in any_page.elements}
    assert not tags & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "foreignobject",
    }
    for element in any_page.elements:
        names = element.attributes
        assert not any(name.startswith("on") or name in ("src", "style") for name in names)
        link = names.get("href", "#")
        assert link.startswith("#") or (element.tag, link) == ("link", "data:,")


def test_ids_are_unique_and_references_resolve(any_page: Page) -> None:
    ids = [element.attributes["id"] for element in any_page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in any_page.elements:
        wanted = element.attributes.get("aria-labelledby", "").split()
        wanted += [element.attributes.get("href", "").removeprefix("#")]
        assert all(name in ids for name in wanted if name and name != "data:,")


def test_pictures_are_named_or_hidden_and_well_formed(any_page: Page) -> None:
    pictures = any_page.pictures()
    roles = [svg.attributes.get("role") for svg in any_page.all("svg")]
    assert all(
        svg.attributes.get("aria-hidden") == "true" or svg.attributes.get("role") == "img"
        for svg in any_page.all("svg")
    )
    assert sum({"title", "desc"} <= set(tags) for tags in pictures) == roles.count("img")
    assert {tag for tags in pictures for tag in tags} <= SVG_ONLY | {"title"}


def test_headings_descend_step_by_step(any_page: Page) -> None:
    levels = [int(el.tag[1]) for el in any_page.elements if re.fullmatch("h[1-6]", el.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_landmarks_language_and_tables(any_page: Page) -> None:
    assert any_page.declarations == ["DOCTYPE html"]
    assert any_page.html.startswith("<!DOCTYPE html>")
    assert any_page.all("html")[0].attributes["lang"] == "en"
    assert len(any_page.all("main")) == 1 and any_page.all("header") and any_page.all("footer")
    assert any_page.all("a")[0].attributes == {"class": "skip", "href": "#main"}
    assert all(cell.attributes.get("scope") in ("col", "row") for cell in any_page.all("th"))


def test_scrolling_regions_are_reachable_and_named(any_page: Page) -> None:
    for region in any_page.all("div"):
        if region.attributes.get("role") == "region":
            assert region.attributes["tabindex"] == "0"
            assert region.attributes["aria-label"]


def test_a_case_reads_in_the_responders_order(realistic: Page) -> None:
    wanted = ["In brief", "Who", "Which credential", "What is abnormal", "Reach", "Timeline",
              "Options", "Not evaluable", "Other alerts", "Log readiness", "Inputs"]  # fmt: skip
    found = re.findall(r"<h[23][^>]*>([^<]+)</h[23]>", realistic.html)
    assert [heading for heading in found if heading in wanted][:8] == wanted[:8]
    assert found[-4:] == ["Not evaluable", "Log readiness", "Inputs", "Rejected records"]


def test_what_a_reader_must_not_miss_is_there(realistic: Page) -> None:
    for said in (
        "One critical case needs a response.", "unknown owner", "Still valid?", "End what still works: 3 credentials",
        "Confidence 88 of 100", "contain it only after a person confirms", "missing",
        "beyond that is not part of this report", "11 × cut off",
        "0a7d" * 16, "9c1d" * 16, "secret/data/prod/payments/signing-key", "[redacted]",
        "no spire_audit logs in the input", "2 identities are too young", "are left out for all rules of kubernetes/audit",
        "what joins its findings (4)", "is whom the credentials speak for, from 203.0.113.0/24: findings 5–8",
    ):  # fmt: skip
        assert said in realistic.text, said


def test_every_step_folds_out_to_its_raw_record(realistic: Page) -> None:
    steps = investigation().cases[0].timeline
    assert realistic.html.count('<li class="step ') == len(steps)
    assert len(realistic.all("pre")) == len(steps) + 4


def test_equal_findings_give_equal_pages() -> None:
    assert page(investigation()) == page(investigation())


def test_two_thousand_steps_make_a_page_that_still_opens() -> None:
    text = page(crowded())
    assert len(text) < 6_000_000
    assert "60 credentials as a table" in text


def test_of_more_cases_than_a_page_holds_each_has_its_row() -> None:
    told = Page(page(many()))
    assert len(told.all("article")) == IN_FULL
    assert "81 cases for which the page has no room" in told.text
    assert "Case 121 of 121" in told.text, "of each identity the gravest is told in full"
    ids = set(re.findall(r"shop-\d+", told.text))
    assert ids == {f"shop-{place}" for place in range(120)}


def test_of_many_cases_it_is_said_first_whom_they_are_about() -> None:
    told = Page(page(many()))
    head = told.text[: told.text.index("In brief")]
    assert "40 cases told in full" in head
    assert head.index("shop-ci-bot") < head.index("arn:aws:iam::111122223333:user/night-watch")
    assert {"#case-1", "#case-121", "#further-cases"} <= {
        link.attributes.get("href") for link in told.all("a")
    }
    assert "Whom the" not in page(crowded()), "two cases are listed, and no more is needed"


def test_a_page_without_any_finding_says_so() -> None:
    text = Page(page(empty())).text
    assert "No case and no alert." in text
    assert "Nothing: every rule found the logs and fields that it needs." in text


def test_an_input_without_time_range_is_shown() -> None:
    bare: Investigation = empty().model_copy(update={"time_range": None, "readiness": ()})
    assert "0/0" in Page(page(bare)).text
