"""Who owns an identity: every kind of file, the order among them, and files that are broken."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekey.enrichers.owners import load_owners
from rekey.errors import RekeyError
from rekey.site import Identity, Site

ROLE = "arn:aws:iam::111122223333:role/gha-deploy"
SUBJECT = "repo:example-org/payments:ref:refs/heads/main"

CSV = """\
identity,owner,team,system,tier,contact
arn:aws:iam::*:role/gha-*,platform@example.com,platform,delivery,1,#platform
,nobody@example.com,,,,
bot,,,,,
"""

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments
  labels: {tier: "1"}
  annotations:
    github.com/project-slug: example-org/payments
    rekey.dev/identity: "payments-bot, prod/system:serviceaccount:payments:*"
spec: {owner: group:default/payments-team, system: money}
---
kind: Location
spec: {targets: [./other.yaml]}
---
just text
"""

CODEOWNERS = """\
# repo: example-org/payments
*       @example-org/payments
/docs   @example-org/writers
"""


def owner_of(folder: Path, name: str, text: str, actor: str | None, *names: str) -> str | None:
    file = folder / name
    file.write_text(text)
    found = load_owners([file], Site()).of(actor, names)
    return f"{found.owner} ({found.source})" if found else None


@pytest.mark.parametrize(
    ("actor", "owner"),
    [
        (ROLE, "platform@example.com (o.csv:2)"),
        (ROLE.upper(), "platform@example.com (o.csv:2)"),
        ("arn:aws:iam::111122223333:role/other", None),
        ("bot", None),
        ("", None),
        (None, None),
    ],
)
def test_a_table_names_owners_by_glob(tmp_path: Path, actor: str | None, owner: str | None) -> None:
    assert owner_of(tmp_path, "o.csv", CSV, actor) == owner


@pytest.mark.parametrize(
    ("actor", "names", "owned"),
    [
        ("payments-bot", (), True),
        ("prod/system:serviceaccount:payments:api", (), True),
        ("prod/system:serviceaccount:billing:api", (), False),
        ("someone", (SUBJECT,), True),
        ("someone", ("repo:example-org/payments-api:x",), False),
    ],
)
def test_a_catalogue_names_owners_by_annotation(
    tmp_path: Path, actor: str, names: tuple[str, ...], owned: bool
) -> None:
    found = owner_of(tmp_path, "catalog-info.yaml", CATALOG, actor, *names)
    assert found == ("payments-team (catalog-info.yaml:9)" if owned else None)


def test_lines_of_a_table_are_those_of_the_file(tmp_path: Path) -> None:
    text = 'identity,owner,team\n\n"role-a","ada","x\u2028y\nz"\n\nrole-b,bob,\n'
    assert owner_of(tmp_path, "o.csv", text, "role-a") == "ada (o.csv:4)"
    assert owner_of(tmp_path, "o.csv", text, "role-b") == "bob (o.csv:6)"
    found = load_owners([tmp_path / "o.csv"], Site()).of("role-a", ())
    assert found and found.team == "x\u2028y\nz"


def test_a_tier_that_yaml_reads_as_a_number_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(CATALOG.replace('tier: "1"', "tier: 1"))
    found = load_owners([file], Site()).of("payments-bot")
    assert found is not None and (found.tier, found.system) == ("1", "money")


def test_codeowners_name_the_owners_of_a_repository(tmp_path: Path) -> None:
    own = owner_of(tmp_path, "CODEOWNERS", CODEOWNERS, "x", SUBJECT)
    assert own == "@example-org/payments (CODEOWNERS:2)"
    assert owner_of(tmp_path, "CODEOWNERS", CODEOWNERS, "example-org/payments") == own
    assert owner_of(tmp_path, "CODEOWNERS", CODEOWNERS, "example-org/docs") is None


def test_codeowners_without_a_default_own_nothing(tmp_path: Path) -> None:
    text = "# repo: example-org/payments\n/docs @example-org/writers\n"
    assert owner_of(tmp_path, "CODEOWNERS", text, "example-org/payments") is None


def test_the_site_file_comes_first_then_files_in_their_order(tmp_path: Path) -> None:
    for name, owner in (("a.csv", "a@example.com"), ("b.csv", "b@example.com")):
        (tmp_path / name).write_text(f"identity,owner\n*,{owner}\n")
    files = [tmp_path / "b.csv", tmp_path / "a.csv"]
    first = load_owners(files, Site()).of("x")
    assert first is not None and first.owner == "b@example.com"
    site = Site(identities=(Identity(match="x*", owner="site@example.com"), Identity(match="y*")))
    told = load_owners(files, site)
    assert [o.owner for n in ("x", "y") if (o := told.of(n))] == [
        "site@example.com", "b@example.com",
    ]  # fmt: skip


@pytest.fixture
def usual_limit() -> Iterator[None]:
    """Python's own limit of a field, which holds for the process: reading exports raises it."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("usual_limit")
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("o.csv", b"name,owner\nx,y\n", "lacks the column identity"),
        ("o.csv", b"", "lacks the column identity"),
        ("o.csv", b"\xff\xfe\x00", "is not UTF-8 text"),
        ("o.csv", b'identity,owner\n"open,x', None),
        ("o.yaml", b"a: [", ""),
        ("o.yaml", b"a: &a [*a]", "an alias holds itself"),
        ("o.yaml", b"spec: {owner: x, system: [1]}\nmetadata: [1]", None),
        ("o.yaml", b"spec: {owner: x}\nmetadata: {labels: [1], annotations: 5}", None),
        ("o.csv", b"identity,owner\n" + b"x" * 200_000 + b",a", "cannot be read"),
        ("o.txt", b"x", "is no owner file"),
        ("CODEOWNERS", b"* @a", "does not say whose it is"),
        ("CODEOWNERS", b"", "does not say whose it is"),
        ("CODEOWNERS", b"# repo: not-a-slug\n* @a", "does not say whose it is"),
        ("CODEOWNERS", b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_an_error_with_its_place(
    tmp_path: Path, name: str, content: bytes, said: str | None
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    if said is None:
        load_owners([file], Site())
        return
    with pytest.raises(RekeyError) as error:
        load_owners([file], Site())
    assert said in str(error.value) and name in str(error.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RekeyError):
        load_owners([tmp_path / "none.csv"], Site())


@pytest.mark.parametrize("name", ["o.csv", "o.yaml", "CODEOWNERS"])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_content_is_more_than_an_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("owners") / name
    file.write_bytes(content)
    with suppress(RekeyError):
        load_owners([file], Site()).of("x", ("y",))
