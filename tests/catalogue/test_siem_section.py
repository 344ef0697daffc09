"""Each page shows each engine's query, or says why there is none; nothing breaks out of its block."""

import json
import re
import shutil
from pathlib import Path

import pytest

from rekey.catalogue import pages
from rekey.catalogue.engines import Engine, Refused, Said, outcomes
from rekey.catalogue.engines.elastic import _is_compound, in_elastic
from rekey.catalogue.siem_section import SHOWN, siem_section
from rekey.catalogue.words import code, fenced, plain
from rekey.cli.main import run
from rekey.converters.elastic.compile_rule import compile_rule
from rekey.converters.elastic.schema import Name, Schema
from rekey.converters.elastic.target import Target
from rekey.converters.ruleset import load_rules
from rekey.converters.splunk.search import searches
from rekey.errors import ExitCode
from rekey.pack import shipped_pack, user_pack
from rekey.site import Site
from tests.catalogue.markdown import fences, sections, shape, tokens

GOOD = Path(__file__).parents[1] / "converters" / "lint" / "good"
RULES = shipped_pack().rule_files()
LANGUAGES = {"spl", "kql", "eql", "esql"}
HOSTILE = [
    "```",
    "x\n```\n\n# Heading\n\n</details>\n<script>alert(1)</script>",
    "````spl\n~~~\n| delete",
    "`a``b` <!-- ",
    "\\` ``` \\",
]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages(shipped_pack())


@pytest.mark.parametrize("path", RULES)
def test_every_page_has_a_query_or_a_reason_for_every_engine(
    made: dict[str, str], path: str
) -> None:
    told = sections(made[f"rules/{path}.md"])
    for engine in SHOWN:
        blocks = [token for token in told[engine] if token.type == "fence"]
        text = " ".join(token.content for token in told[engine] if token.type == "inline")
        refused = "Cannot be said there: " in text
        assert len(blocks) == (0 if refused else 1)
        assert all(block.info in LANGUAGES and block.content.strip() for block in blocks)
        assert ("<details>" in "".join(token.content for token in told[engine])) is not refused
        if not refused:
            assert "Differs from the rule:" in text or "declares no difference" in text


def test_pages_show_what_is_built(tmp_path: Path, made: dict[str, str]) -> None:
    assert run(["build", "elastic", "--out", str(tmp_path)]) == ExitCode.OK
    built = {
        rule["tags"][1].removeprefix("rekey rule: "): rule
        for rule in map(json.loads, (tmp_path / "rules.ndjson").read_text("utf-8").splitlines())
    }
    unsupported = json.loads((tmp_path / "unsupported.json").read_text("utf-8"))
    differences = json.loads((tmp_path / "differences.json").read_text("utf-8"))
    assert built.keys() | unsupported.keys() == RULES.keys()
    for path in RULES:
        told = sections(made[f"rules/{path}.md"])[Engine.ELASTIC_ECS]
        text = " ".join(token.content for token in told if token.type == "inline")
        if path in unsupported:
            assert plain(unsupported[path]) in text
            continue
        (block,) = (token.content for token in told if token.type == "fence")
        if built[path]["type"] in ("eql", "esql"):
            assert block == built[path]["query"] + "\n"
        else:
            aliases = [each["meta"]["alias"] for each in built[path]["filters"]]
            assert len(block.splitlines()) == len(aliases)
            assert all(alias in block for alias in aliases)
        for each in differences[path]["differences"]:
            assert plain(each["meaning"]) in text
            assert plain(each["detail"]) in text


@pytest.mark.parametrize("schema", ["ecs", "raw"])
def test_filters_on_lines_of_their_own_read_like_the_condition(schema: Name) -> None:
    target = Target(Schema(schema), Site())
    compared = 0
    for rule in load_rules(RULES.values()).rules:
        said = in_elastic(rule, schema)
        if isinstance(said, Said) and said.form == "Custom query":
            assert said.query is not None
            (reading,) = compile_rule(rule, target).readings
            assert said.query.text.replace("\n", " ") == reading.text
            compared += 1
    assert compared > 20


def test_splunk_pages_show_the_detecting_search_and_name_the_others(made: dict[str, str]) -> None:
    for rule in load_rules(RULES.values()).rules:
        detector, *others = searches(rule)
        told = sections(made[f"rules/{rule.path}.md"])[Engine.SPLUNK]
        (block,) = (token.content for token in told if token.type == "fence")
        assert block == detector.spl + "\n"
        text = " ".join(token.content for token in told if token.type == "inline")
        assert len(re.findall(r"`rekey \w+ (?:learn|seed|prune \w+)`", text)) == len(others)


@pytest.mark.parametrize("text", HOSTILE)
def test_values_stay_inside_their_block(tmp_path: Path, text: str) -> None:
    benign, hostile = (_page(tmp_path / name, value) for name, value in
                       (("benign", "harmless"), ("hostile", text)))  # fmt: skip
    assert shape(hostile) == shape(benign)
    assert len(fences(hostile)) == len(SHOWN)
    # The text is there: where it holds a fence, the fence around it is longer.
    assert max(len(token.markup) for token in fences(hostile)) > 3 or "```" not in text
    html = [token.content for token in tokens(hostile) if token.type == "html_block"]
    assert sum("</details>" in each for each in html) == len(SHOWN)
    assert not any("script" in each for each in html)


def _page(folder: Path, value: str) -> str:
    """Write the page of a rule that leaves out a user agent with this value."""
    shutil.copytree(GOOD, folder)
    for name in ("denied_secret_reads", "new_region_for_role"):
        (folder / "rules" / "aws" / f"{name}.yml").unlink()
    file = folder / "rules" / "aws" / "access_key_created.yml"
    before = file.read_text("utf-8")
    after = before.replace("Rotator/", json.dumps(value))
    assert after != before
    file.write_text(after, "utf-8")
    return pages(user_pack(folder))["rules/aws/access_key_created.md"]


@pytest.mark.parametrize("text", [*HOSTILE, "", "plain", "`", "a\n\nb", " x "])
def test_code_is_read_as_code(text: str) -> None:
    (block,) = (token for token in tokens(fenced(text, "spl")) if token.type == "fence")
    assert (block.info, block.content.rstrip("\n")) == ("spl", text.rstrip("\n"))
    (line,) = (token for token in tokens(f"so {code(text)} it is") if token.type == "inline")
    assert line.children is not None
    assert [child.type for child in line.children] == ["text", "code_inline", "text"]
    assert line.children[1].content.split() == text.split()


@pytest.mark.parametrize("text", [*HOSTILE, "[a](javascript:x) &lt; ~~b~~ | *c* _d_"])
def test_plain_text_is_read_as_text(text: str) -> None:
    (line,) = (token for token in tokens(f"- so: {plain(text)}") if token.type == "inline")
    assert line.children is not None
    assert {child.type for child in line.children} <= {"text", "text_special"}
    assert "".join(child.content for child in line.children) == f"so: {' '.join(text.split())}"


def test_a_refusal_is_told_with_its_reason() -> None:
    said = Said("Form")
    told = siem_section(
        {**dict.fromkeys(Engine, said), Engine.SPLUNK: Refused("counts *stars* of `x`")}
    )
    assert r"Cannot be said there: counts \*stars\* of \`x\`." in told
    assert told.count("declares no difference") == len(SHOWN) - 1


@pytest.mark.parametrize(
    ("kql", "compound"),
    [
        ('a: ("x" or "y")', False),
        ('a: "x or y"', False),
        ('a: "x \\" or y"', False),
        ("a: x\\(y and b: z", True),
        ('a: "x" or b: "y"', True),
        ("(a: x or b: y) and c: *", True),
        ("((a: x or b: y))", False),
    ],
)
def test_only_joined_conditions_need_brackets(kql: str, *, compound: bool) -> None:
    assert _is_compound(kql) is compound


def test_all_engines_are_asked() -> None:
    (found,) = outcomes([RULES["aws/access_key_quarantined"]]).values()
    assert list(found) == list(Engine)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("eventName:", "noSuchField:", "noSuchField"),
        ("service: cloudtrail", "service: other", "unknown log source aws/other"),
        ("condition:", "conditions:", "condition"),
    ],
)
@pytest.mark.parametrize("command", ["docs", "coverage"])
def test_a_rule_that_does_not_compile_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    old: str,
    new: str,
    reason: str,
) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(GOOD, pack)
    file = pack / "rules" / "aws" / "access_key_created.yml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    assert run(["rules", command, "--pack", str(pack)]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert f"{file}: does not compile" in said.err
    assert reason in said.err
    assert "rekey rules check" in said.err
    assert not (pack / "docs").exists()
