"""What a site file leaves out and changes is said, and what it names must exist."""

from datetime import date
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.pack import shipped_pack
from rekey.rule_head import rule_heads
from rekey.site import ended, in_force, load_site
from rekey.site_check import check_site

DAY = date(2026, 11, 30)

SITE = """\
exclusions:
  - id: backup
    logsource: {product: kubernetes, service: audit}
    fields: {user.username: "system:serviceaccount:velero:velero", verb: [get, list]}
    rules: all
    owner: platform
    reason: reads every secret each night
    expires: 2027-06-30
  - id: old-scanner
    logsource: {product: aws, service: cloudtrail}
    fields: {userIdentity.arn|contains: role/scanner}
    rules: [aws/denied_across_services]
    owner: security
    reason: until it is gone
    expires: 2026-01-31
announced:
  - {id: madrid, kind: region, values: [eu-south-2], owner: platform, reason: roll-out, expires: 2027-01-31}
rules:
  aws/logging_switched_off_by_workload: {enabled: false}
  aws/denied_across_services: {level: low, gte: 6}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "site.yml"
    file.write_text(text)
    return file


def test_what_is_in_force_is_said_with_owner_and_end(tmp_path: Path) -> None:
    assert list(in_force(load_site(written(tmp_path, SITE)), DAY)) == [
        (
            "backup: events with user.username system:serviceaccount:velero:velero and verb get or list"
            " are left out for all rules of kubernetes/audit (owner: platform; until 2027-06-30)"
        ),
        "madrid: announced, no news (owner: platform; until 2027-01-31)",
        "aws/logging_switched_off_by_workload is switched off",
        "aws/denied_across_services has level low, gte 6",
    ]


def test_what_has_ended_is_said_apart(tmp_path: Path) -> None:
    [told] = ended(load_site(written(tmp_path, SITE)), DAY)
    assert told.startswith("the site's exception old-scanner ended on 2026-01-31")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "hint"),
    [
        ("user.username:", "user.usrname:", 4, "Did you mean user.username?"),
        ("userIdentity.arn|contains", "userIdentity.Arn|contains", 11, "userIdentity.arn?"),
        ("{product: aws, service: cloudtrail}", "{product: aws, service: guardduty}", 10, "Known"),
        ("aws/denied_across_services]", "aws/denied]", 12, "rekey rules list"),
    ],
)
def test_what_does_not_exist_is_named_with_its_line(
    right: str, wrong: str, line: int, hint: str, tmp_path: Path
) -> None:
    site = load_site(written(tmp_path, SITE.replace(right, wrong)))
    with pytest.raises(RekeyError) as raised:
        check_site(site, rule_heads([shipped_pack()]))
    assert raised.value.place is not None and raised.value.place.line == line
    assert hint in (raised.value.hint or "")


def test_the_shipped_example_names_what_exists() -> None:
    example = Path(__file__).parents[2] / "docs" / "site.example.yml"
    check_site(load_site(example), rule_heads([shipped_pack()]))
