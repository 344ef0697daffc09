"""Coverage counts what the tags and the compilers say, and the layer is one that the Navigator reads."""

import json
from pathlib import Path

import jsonschema
import pytest

from rekey.catalogue import coverage_of, coverage_page, navigator_layer
from rekey.catalogue.coverage import Coverage, Entry
from rekey.catalogue.engines import Engine
from rekey.catalogue.navigator import ATTACK
from rekey.catalogue.words import plain
from rekey.cli.main import run
from rekey.converters.lint import tables
from rekey.errors import ExitCode
from rekey.pack import shipped_pack, user_pack
from rekey.rule_head import rule_heads
from tests.catalogue.markdown import tokens

GOOD = Path(__file__).parents[1] / "converters" / "lint" / "good"
COMMITTED = Path(__file__).parents[2] / "docs" / "coverage"

COLOUR = {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}
LAYER = {
    "type": "object",
    "required": ["name", "domain", "versions", "techniques"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
        "domain": {"const": "enterprise-attack"},
        "versions": {
            "type": "object",
            "required": ["navigator", "layer"],
            "additionalProperties": False,
            "properties": {
                "attack": {"type": "string", "pattern": r"^\d+$"},
                "navigator": {"type": "string", "pattern": r"^(4\.9|4\.\d\d|5\.\d+)\.\d+$"},
                "layer": {"const": "4.5"},
            },
        },
        "sorting": {"enum": [0, 1, 2, 3]},
        "hideDisabled": {"type": "boolean"},
        "layout": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "layout": {"enum": ["side", "flat", "mini"]},
                "showID": {"type": "boolean"},
                "expandedSubtechniques": {"enum": ["none", "all", "annotated"]},
            },
        },
        "techniques": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["techniqueID"],
                "additionalProperties": False,
                "properties": {
                    "techniqueID": {"type": "string", "pattern": r"^T\d{4}(\.\d{3})?$"},
                    "tactic": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
                    "score": {"type": "number", "minimum": 1},
                    "comment": {"type": "string"},
                    "enabled": {"type": "boolean"},
                },
            },
        },
        "gradient": {
            "type": "object",
            "required": ["colors", "minValue", "maxValue"],
            "additionalProperties": False,
            "properties": {
                "colors": {"type": "array", "minItems": 2, "items": COLOUR},
                "minValue": {"type": "number"},
                "maxValue": {"type": "number"},
            },
        },
    },
}
"""Those properties of the format's specification that we write, and no others:
https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md"""


@pytest.fixture(scope="module")
def covered() -> Coverage:
    return coverage_of(shipped_pack().rule_files())


def test_the_committed_layer_is_one_that_the_navigator_reads() -> None:
    layer = json.loads((COMMITTED / "attack-navigator.json").read_text("utf-8"))
    jsonschema.validate(layer, LAYER)
    assert layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]
    assert layer["gradient"]["maxValue"] == max(each["score"] for each in layer["techniques"])
    assert f"Enterprise {layer['versions']['attack']}." in str(tables.__doc__)
    cells = [(each["techniqueID"], each["tactic"]) for each in layer["techniques"]]
    assert len(set(cells)) == len(cells)
    for technique, tactic in cells:
        assert tactic in tables.techniques()[technique.lower()][1]


def test_scores_count_the_rules_that_are_tagged() -> None:
    heads = rule_heads([shipped_pack()])
    layer = json.loads((COMMITTED / "attack-navigator.json").read_text("utf-8"))
    for each in layer["techniques"]:
        wanted = {f"attack.{each['techniqueID'].lower()}", f"attack.{each['tactic']}"}
        rules = [path for path, head in heads.items() if wanted <= set(head.tags)]
        assert each["score"] == len(rules)
        assert each["comment"] == ", ".join(rules)
    named = {tag for head in heads.values() for tag in head.tags if tag.startswith("attack.t1")}
    assert {f"attack.{t['techniqueID'].lower()}" for t in layer["techniques"]} == named


def test_a_layer_without_rules_is_one() -> None:
    layer = json.loads(navigator_layer(Coverage({}, (), (), (), ())))
    jsonschema.validate(layer, LAYER)
    assert layer["versions"]["attack"] == ATTACK
    assert layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]


def test_frameworks_are_complete_and_count_tags(covered: Coverage) -> None:
    heads = rule_heads([shipped_pack()])
    for entries, namespace, names in (
        (covered.owasp_nhi, "owasp-nhi", tables.names("owasp_nhi")),
        (covered.csf, "csf", tables.names("csf")),
    ):
        assert [entry.id.lower() for entry in entries] == list(names)
        for entry in entries:
            tag = f"{namespace}.{entry.id.lower()}"
            assert entry.rules == tuple(p for p, head in heads.items() if tag in head.tags)


def test_each_rule_is_compiled_or_refused_once_for_each_source_and_engine(
    covered: Coverage,
) -> None:
    for cell in covered.engines:
        reads = [path for path, sources in covered.rules.items() if cell.source in sources]
        assert sorted([*cell.compiled, *cell.unsupported]) == reads
        assert all(cell.unsupported.values())
        if cell.engine is Engine.DUCKDB:
            assert not cell.unsupported
    assert len(covered.engines) == len(covered.sources) * len(Engine)


def test_a_technique_without_its_tactic_counts_for_all_of_them(tmp_path: Path) -> None:
    text = (GOOD / "rules" / "aws" / "access_key_created.yml").read_text("utf-8")
    possible = tables.techniques()["t1098.001"][1]
    kept = "\n".join(
        line for line in text.splitlines()
        if not any(line.strip() == f"- attack.{tactic}" for tactic in tables.tactics())
    )  # fmt: skip
    assert kept != text.rstrip("\n")
    file = tmp_path / "rules" / "aws" / "access_key_created.yml"
    file.parent.mkdir(parents=True)
    file.write_text(kept, "utf-8")
    found = coverage_of(user_pack(tmp_path).rule_files())
    assert {entry.tactic for entry in found.attack if entry.id == "T1098.001"} == possible


def test_tables_of_the_page_are_whole(covered: Coverage) -> None:
    page = coverage_page(covered, rules="../rules")
    assert page == (COMMITTED / "README.md").read_text("utf-8")
    found = tokens(page)
    assert sum(token.type == "table_open" for token in found) == 4
    rows = sum(token.type == "tr_open" for token in found)
    bodies = [covered.sources, covered.attack, covered.owasp_nhi, covered.csf]
    assert rows == len(bodies) + sum(map(len, bodies))
    for cell in covered.engines:
        for path, reason in cell.unsupported.items():
            line = next(line for line in page.splitlines() if line.startswith(f"- [{path}]"))
            assert line.endswith(f": {plain(reason)}")


def test_json_holds_everything(capsys: pytest.CaptureFixture[str], covered: Coverage) -> None:
    assert run(["rules", "coverage", "--format", "json"]) == ExitCode.OK
    shown = json.loads(capsys.readouterr().out)
    assert shown["rules"].keys() == covered.rules.keys()
    assert [Entry(**{**e, "rules": tuple(e["rules"])}) for e in shown["attack"]] == list(
        covered.attack
    )
    assert {(c["source"], c["engine"]) for c in shown["engines"]} == {
        (c.source, c.engine) for c in covered.engines
    }


def test_navigator_prints_the_committed_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "coverage", "--format", "navigator"]) == ExitCode.OK
    assert capsys.readouterr().out == (COMMITTED / "attack-navigator.json").read_text("utf-8")


def test_table_shows_all_frameworks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "coverage"]) == ExitCode.OK
    shown = capsys.readouterr().out
    for text in ("Vault and OpenBao audit log", "Splunk", "T1098.001", "NHI10", "RC.CO"):
        assert text in shown


def test_own_rules_count_beside_the_shipped_ones(
    capsys: pytest.CaptureFixture[str], covered: Coverage
) -> None:
    assert run(["rules", "coverage", "--pack", str(GOOD), "--format", "json"]) == ExitCode.OK
    shown = json.loads(capsys.readouterr().out)
    assert shown["rules"].keys() - covered.rules.keys() == user_pack(GOOD).rule_files().keys()


def test_out_writes_both_files_and_leaves_others_alone(tmp_path: Path) -> None:
    other = tmp_path / "rules" / "aws" / "mine.md"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    assert run(["rules", "coverage", "--out", str(tmp_path)]) == ExitCode.OK
    assert other.read_text() == "mine"
    layer = (tmp_path / "attack-navigator.json").read_text("utf-8")
    assert layer == (COMMITTED / "attack-navigator.json").read_text("utf-8")
    # Away from the rules' pages nothing links to them.
    assert "](../rules" not in (tmp_path / "README.md").read_text("utf-8")


def test_out_and_format_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made"
    assert run(["rules", "coverage", "--out", str(out), "--format", "json"]) == ExitCode.USAGE
    assert "Leave one of them out" in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run(["rules", "coverage", "--out", str(tmp_path / "file" / "x")]) == ExitCode.USAGE
    assert str(tmp_path / "file" / "x") in capsys.readouterr().err
