"""Broken connections, plans that no longer fit, wrong credentials."""

import json
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import KibanaFake


@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_run_that_was_cut_off_goes_on(stage: Stage, lost: str, after: int) -> None:
    stage.plan()
    setattr(stage.kibana, "cut_before" if lost == "request" else "cut_after", after)
    assert stage.apply() == ExitCode.INCOMPLETE
    stage.kibana.cut_before = stage.kibana.cut_after = None
    assert stage.apply() == 0
    assert sorted(stage.kibana.writes) == sorted(("POST", id) for id in stage.ids)


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_an_update_that_was_cut_off_is_made_once(stage: Stage, lost: str) -> None:
    stage.deploy()
    stage.raise_version(0, note="new")
    stage.raise_version(1, note="new")
    stage.plan()
    stage.kibana.writes.clear()
    setattr(stage.kibana, "cut_before" if lost == "request" else "cut_after", 0)
    assert stage.apply() == ExitCode.INCOMPLETE
    stage.kibana.cut_before = stage.kibana.cut_after = None
    assert stage.apply() == 0
    assert sorted(stage.kibana.writes) == sorted(("PUT", id) for id in stage.ids[:2])


def test_after_a_cut_off_run_one_may_plan_again(stage: Stage) -> None:
    stage.deploy()
    stage.raise_version(0, note="new")
    stage.plan()
    stage.kibana.cut_before = 0
    assert stage.apply() == ExitCode.INCOMPLETE
    stage.kibana.cut_before = None
    stage.deploy()
    assert stage.kibana.rules[stage.ids[0]]["note"] == "new"


@pytest.mark.parametrize("cut", [0, 1])
def test_a_replacement_that_was_cut_off_goes_on(stage: Stage, cut: int) -> None:
    stage.deploy()
    stage.raise_version(type="eql", language="eql", query="any where true")
    stage.plan()
    stage.kibana.cut_after = cut
    assert stage.apply() == ExitCode.INCOMPLETE
    stage.kibana.cut_after = None
    assert stage.apply() == 0
    assert stage.kibana.rules[stage.ids[0]]["type"] == "eql"


def test_what_changed_since_the_plan_is_refused_and_nothing_is_written(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    stage.raise_version(0, note="new")
    stage.raise_version(1, note="new")
    stage.plan()
    stage.kibana.edit(stage.ids[1], enabled=True)
    stage.kibana.writes.clear()
    assert stage.apply() == ExitCode.REFUSED
    assert stage.kibana.writes == []
    assert "changed since the plan was made" in capsys.readouterr().err


def test_a_plan_that_was_altered_is_refused(stage: Stage) -> None:
    stage.plan()
    file = stage.folder / "plan.json"
    document = json.loads(file.read_bytes())
    document["plan"]["changes"][0]["after"]["query"] = "event.action: mine"
    file.write_text(json.dumps(document))
    assert stage.apply() == ExitCode.USAGE
    assert stage.kibana.writes == []


def test_only_the_reviewed_plan_is_applied(stage: Stage) -> None:
    stage.plan()
    digest = json.loads((stage.folder / "plan.json").read_bytes())["digest"]
    assert stage.apply("--digest", "0" * 32) == ExitCode.USAGE
    assert stage.kibana.writes == []
    assert stage.apply("--digest", digest) == 0


def test_the_plan_is_for_its_owner_alone(stage: Stage) -> None:
    stage.plan()
    assert (stage.folder / "plan.json").stat().st_mode & 0o077 == 0


def test_a_wrong_key_is_refused_and_never_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIBANA_API_KEY", "c2VjcmV0LWNhbmFyeQ==")
    assert stage.plan() == ExitCode.REFUSED
    said = capsys.readouterr()
    assert "401" in said.err and "c2VjcmV0" not in said.err + said.out


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://kibana.example.com:5601", "in clear"),
        ("https://us:canary@kibana.example.com", "password"),
        ("kibana:5601", "no address"),
        ("http://[", "cannot be read"),
    ],
)
def test_addresses_that_are_refused(
    stage: Stage, url: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["deploy", "plan", "--target", "elastic", "--url", url, "--package",
                str(stage.folder / "package")])  # fmt: skip
    said = capsys.readouterr().err
    assert code == ExitCode.USAGE
    assert says in said and "canary" not in said


def test_nobody_answers(stage: Stage, kibana: KibanaFake) -> None:
    closed = "http://127.0.0.1:9"
    code = run(["deploy", "plan", "--target", "elastic", "--url", closed, "--package",
                str(stage.folder / "package")])  # fmt: skip
    assert code == ExitCode.INCOMPLETE


@pytest.mark.parametrize("text", ["", "{", "[]\n", '{"name": "no rule"}\n'])
def test_what_is_no_package(stage: Stage, tmp_path: Path, text: str) -> None:
    (stage.folder / "package" / "rules.ndjson").write_text(text)
    assert stage.plan() == ExitCode.USAGE


def test_a_damaged_ledger_is_refused(stage: Stage) -> None:
    (stage.folder / "ledger.json").write_text('{"format": 1, "places": 3}')
    assert stage.plan() == ExitCode.USAGE
