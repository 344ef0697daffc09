"""Generated pages say what the rules say, link to what exists, and are up to date."""

import re
from pathlib import Path

import pytest

from rekey.catalogue import outdated, pages, write
from rekey.catalogue.words import selections
from rekey.converters.lint.rule_file import read_rule_file
from rekey.errors import ExitCode
from rekey.pack import Pack, shipped_pack, user_pack

GOOD = Path(__file__).parents[1] / "converters" / "lint" / "good"
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def pack() -> Pack:
    return user_pack(GOOD)


def test_committed_pages_are_up_to_date() -> None:
    late = [str(page) for page in outdated(pages(shipped_pack()), DOCS)]
    assert late == [], "run `rekey rules docs`"


def test_links_of_committed_pages_lead_somewhere() -> None:
    for page in [
        *DOCS.glob("rules/**/*.md"),
        DOCS / "coverage" / "README.md",
        DOCS / "exit-codes.md",
    ]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name} → {link}"


@pytest.mark.parametrize(
    ("rule", "sentences"),
    [
        (
            "access_key_created",
            [
                "`errorCode` is absent",
                "`userAgent` begins with `Rotator/`",
                "together: `selection and not 1 of filter_*`",
                "It fires on each such event.",
                r"caught by [aws/new_region_for_role](../aws/new_region_for_role.md)",
                "nothing here catches it: nothing is created",
                "NHI7 Long-Lived Secrets",
                "T1098.001 Additional Cloud Credentials",
                "mutated from `match.ndjson`, differs in `errorCode`",
            ],
        ),
        (
            "denied_secret_reads",
            [
                "fires when 3 or more such events of one `userIdentity.arn` fall within 10 minutes",
                "`gte` (now 3): lower finds shorter searches",
                "`timespan` (now 10 minutes)",
            ],
        ),
        (
            "new_region_for_role",
            [
                "shows a value of `awsRegion` that it has not shown for 30 days",
                "`maturity` (now 14",
            ],
        ),
    ],
)
def test_a_page_says_what_the_rule_says(pack: Pack, rule: str, sentences: list[str]) -> None:
    page = pages(pack)[f"rules/aws/{rule}.md"]
    for sentence in sentences:
        assert sentence in page


def test_mappings_in_a_list_are_alternatives(tmp_path: Path) -> None:
    file = tmp_path / "rule.yml"
    file.write_text("detection: {one: [{a: 1, b: [x, y]}, {c|cidr: 10.0.0.0/8}], condition: one}")
    (part,) = read_rule_file("aws/rule", file).parts
    assert selections(part)[0] == (
        "- `one`: `a` is `1` **and** `b` is one of `x`, `y`; **or** `c` lies in `10.0.0.0/8`"
    )


def test_every_exit_code_is_explained(pack: Pack) -> None:
    page = pages(pack)["exit-codes.md"]
    assert all(f"| {code.value} | {code.name} |" in page for code in ExitCode)


def test_writing_twice_changes_nothing_and_removes_orphans(pack: Pack, tmp_path: Path) -> None:
    made = pages(pack)
    orphan = tmp_path / "rules" / "aws" / "gone.md"
    orphan.parent.mkdir(parents=True)
    orphan.touch()
    assert len(write(made, tmp_path)) == len(made) + 1
    assert not orphan.exists()
    assert write(made, tmp_path) == []
