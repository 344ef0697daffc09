"""A site file is refused with file, line and hint, or it is right."""

from datetime import date
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.rule_head import RuleHead
from rekey.site import check_rules, load_site

EXAMPLE = Path(__file__).parents[2] / "docs" / "site.example.yml"

EXCLUSION = """\
exclusions:
  - id: backup
    logsource: {product: kubernetes, service: audit}
    fields: {verb: get}
    rules: [kubernetes/known]
    owner: a@example.com
    reason: nightly
    expires: 2027-01-31
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "site.yml"
        path.write_text(text, "utf-8")
        return path

    return write


def head(path: str, *knobs: str) -> RuleHead:
    return RuleHead(
        path, Path("x.yml"), path, "high", "single", "test", (), (), frozenset(knobs), ()
    )


def test_the_example_is_a_site_file() -> None:
    site = load_site(EXAMPLE)
    assert len(site.networks) == 3
    assert site.time_limited[0].expires == date(2027, 6, 30)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("verb: get", "verb|re: get", 4, "modifier 're' is not portable"),
        ("verb: get", "verb: '*'", 4, "lone wildcard matches everything"),
        ("verb: get", "verb: []", 4, "empty list matches nothing"),
        ("{verb: get}", "{}", 4, "excludes everything"),
        ("    owner: a@example.com\n", "", 2, "owner: is missing"),
        ("expires: 2027-01-31", "expires: soon", 8, "expires: .*date"),
        ("rules: [kubernetes/known]", "rules: some", 5, "rules"),
        ("id: backup", "id: Back up", 2, "id: .*form"),
        ("exclusions:", "exclusion:", 1, "unknown key"),
    ],
)
def test_slips_are_shown_where_they_stand(write, old, new, line, message) -> None:
    assert old in EXCLUSION
    path = write(EXCLUSION.replace(old, new))
    with pytest.raises(RekeyError, match=message) as caught:
        load_site(path)
    assert caught.value.place is not None
    assert caught.value.place.line == line


@pytest.mark.parametrize("cidr", ["203.0.113.5/24", "300.0.0.0/8", "2001:db8::/129"])
def test_ranges_are_checked(write, cidr: str) -> None:
    with pytest.raises(RekeyError, match=r"site\.yml:2: networks\.0\.cidr"):
        load_site(write(f'networks:\n  - cidr: "{cidr}"\n    name: x\n'))


def test_ids_are_unique_over_both_lists(write) -> None:
    announced = """\
announced:
  - {id: backup, kind: region, values: [x], owner: a, reason: b, expires: 2027-01-01}
"""
    with pytest.raises(RekeyError, match="'backup' stands twice"):
        load_site(write(EXCLUSION + announced))


def test_asn_csv_is_found_beside_the_site_file(write, tmp_path: Path) -> None:
    path = write("asn_csv: nets.csv\n")
    with pytest.raises(RekeyError, match=r"site\.yml:1: asn_csv: there is no file .*nets\.csv"):
        load_site(path)
    (tmp_path / "nets.csv").write_text("203.0.113.0/24,AS1\n")
    assert load_site(path).asn_csv == tmp_path / "nets.csv"


def test_the_first_identity_that_matches_counts(write) -> None:
    site = load_site(
        write(
            "identities:\n"
            '  - {match: "*[bot]", owner: bots}\n'
            '  - {match: "dependabot*", owner: never}\n'
            '  - {match: "role/ci-?", owner: ci}\n'
        )
    )
    owners = [
        identity.owner if (identity := site.identity(actor)) else None
        for actor in ("dependabot[bot]", "ROLE/ci-1", "role/ci-12", None)
    ]
    assert owners == ["bots", "ci", None, None]


def test_only_known_rules_can_be_named(write) -> None:
    site = load_site(write(EXCLUSION))
    check_rules(site, {"kubernetes/known": head("kubernetes/known")})
    with pytest.raises(RekeyError, match=r"site\.yml:5: there is no rule 'kubernetes/known'"):
        check_rules(site, {})


def test_only_offered_knobs_can_be_turned(write) -> None:
    site = load_site(write("rules:\n  aws/x:\n    level: low\n    enabled: false\n    gte: 4\n"))
    check_rules(site, {"aws/x": head("aws/x", "gte")})
    with pytest.raises(RekeyError, match=r"site\.yml:5: aws/x has no knob 'gte'") as caught:
        check_rules(site, {"aws/x": head("aws/x", "timespan")})
    assert caught.value.hint == "It offers: enabled, level, timespan."
