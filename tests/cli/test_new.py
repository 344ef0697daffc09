"""`rekey rules new`: what it writes works once its gaps are filled."""

import re
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.converters.lint import check_packs
from rekey.converters.ruleset import load_rules
from rekey.errors import ExitCode
from rekey.fixtures.mutate import check_mutations
from rekey.fixtures.suite import collect, run_suite
from rekey.pack import shipped_pack, user_pack
from rekey.scaffold.sample import KINDS, products

CASES = [(product, kind) for product in products() for kind in KINDS]


def fill(rule: Path) -> None:
    """Write something sensible into each gap, as a person would."""
    text = rule.read_text("utf-8")
    rule.write_text(re.sub(r"<fill in: [^>]+>", "Example tool reads it every hour", text), "utf-8")


@pytest.mark.parametrize(("product", "kind"), CASES)
def test_only_gaps_are_left(product: str, kind: str, tmp_path: Path) -> None:
    path = f"{product}/fresh"
    assert run(["rules", "new", path, "--kind", kind, "--pack", str(tmp_path)]) == ExitCode.OK
    pack = user_pack(tmp_path)
    findings, _ = check_packs([shipped_pack(), pack], [pack.rules])
    assert {finding.code for finding in findings} == {"RK115"}
    assert len(findings) == (13 if kind == "sequence" else 11), "two of them in each step"
    fill(tmp_path / "rules" / product / "fresh.yml")
    assert check_packs([shipped_pack(), pack], [pack.rules]) == ([], 1)


def test_several_new_rules_of_a_product_do_not_fire_on_each_others_fixtures(tmp_path: Path) -> None:
    for product in products():
        for name in ("one", "one_more"):
            run(["rules", "new", f"{product}/{name}", "--pack", str(tmp_path)])
    pack = user_pack(tmp_path)
    rules = load_rules(pack.rule_files().values())
    results = run_suite(collect(rules.rules, lambda rule: pack.fixture_folder(rule.path)), rules)
    assert [(result.fixture.name, result.faults) for result in results if result.faults] == []


@pytest.mark.parametrize("kind", KINDS)
def test_its_fixtures_hold_it_in_place_and_fire_no_shipped_rule(kind: str, tmp_path: Path) -> None:
    for product in products():
        run(["rules", "new", f"{product}/fresh", "--kind", kind, "--pack", str(tmp_path)])
    pack = user_pack(tmp_path)
    files = [*shipped_pack().rule_files().values(), *pack.rule_files().values()]
    rules = load_rules(files)
    fresh = [rule for rule in rules.rules if rule.path.endswith("/fresh")]
    results = run_suite(collect(fresh, lambda rule: pack.fixture_folder(rule.path)), rules)
    assert [(result.fixture.name, result.faults) for result in results if result.faults] == []
    mutations = check_mutations(fresh, [result.fixture for result in results])
    assert [survivor for result in mutations for survivor in result.survivors] == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("aws", "is no path of a rule"),
        ("aws/Capital", "is no path of a rule"),
        ("aws/../../escape", "is no path of a rule"),
        ("oracle/x", "there is no log source of 'oracle'"),
    ],
)
def test_bad_paths(
    path: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "new", path, "--pack", str(tmp_path)]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_shipped_rule_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next(iter(shipped_pack().rule_files()))
    assert run(["rules", "new", path, "--pack", str(tmp_path)]) == ExitCode.USAGE
    assert f"{path} is a rule that rekey ships" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["rules", "new", "aws/fresh", "--pack", str(tmp_path)])
    assert run(["rules", "new", "aws/fresh", "--pack", str(tmp_path)]) == ExitCode.USAGE
    assert "exists already" in capsys.readouterr().err
