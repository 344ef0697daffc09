"""Drift in Splunk against a fake of its REST interface, with the app that is really built."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rekey.cli.main import run
from rekey.deploy.splunk_app import read_app
from rekey.errors import ExitCode
from tests.fakes.splunk_rest_fake import TOKEN, SplunkRestFake

SEARCHES, MACROS, TABLES = "saved/searches", "configs/conf-macros", "storage/collections/config"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app of all shipped rules."""
    folder = tmp_path_factory.mktemp("app")
    assert run(["build", "splunk", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def splunk(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SplunkRestFake]:
    """A Splunk in which that app is installed."""
    monkeypatch.setenv("SPLUNK_TOKEN", TOKEN)
    app = read_app(built)
    with SplunkRestFake() as fake:
        fake.default = {
            "apps/local": {"rekey": {"version": app.version}},
            SEARCHES: app.searches, MACROS: app.macros, TABLES: app.collections,
        }  # fmt: skip
        yield fake


def asked(
    command: str, splunk: SplunkRestFake, built: Path, capsys: Any
) -> tuple[int, dict[str, str]]:
    """Run a command; give its exit code and name → status, without what is unchanged."""
    capsys.readouterr()
    code = run(["deploy", command, "--target", "splunk", "--url", splunk.url, "--package",
                str(built), "--format", "json"])  # fmt: skip
    out = capsys.readouterr().out
    changes = json.loads(out)["plan"]["changes"] if out else []
    return code, {c["name"]: c["status"] for c in changes if c["status"] != "unchanged"}


def test_a_fresh_app_has_no_drift(splunk: SplunkRestFake, built: Path, capsys: Any) -> None:
    assert asked("drift", splunk, built, capsys) == (0, {})
    assert asked("plan", splunk, built, capsys) == (0, {})


def test_an_edited_search_is_drift(splunk: SplunkRestFake, built: Path, capsys: Any) -> None:
    name = next(iter(splunk.default[SEARCHES]))
    splunk.local[SEARCHES] = {name: {"search": "index=* | head 1"}}
    assert asked("drift", splunk, built, capsys) == (ExitCode.FINDINGS, {name: "local edits"})


def test_what_users_may_change_is_none(splunk: SplunkRestFake, built: Path, capsys: Any) -> None:
    name = next(iter(splunk.default[SEARCHES]))
    theirs = {"disabled": "0", "cron_schedule": "7 * * * *", "action.email.to": "soc@example.com"}
    splunk.local[SEARCHES] = {name: theirs}
    where = {"definition": 'index=cloud sourcetype="aws:cloudtrail"'}
    filters = [macro for macro in splunk.default[MACROS] if macro.endswith("_filter")]
    splunk.local[MACROS] = {"rekey_aws_cloudtrail": where, filters[0]: {"definition": "search x=1"}}
    assert asked("drift", splunk, built, capsys) == (0, {})


def test_another_macro_is_ours(splunk: SplunkRestFake, built: Path, capsys: Any) -> None:
    splunk.local[MACROS] = {"rekey_since": {"definition": "0"}}
    assert asked("drift", splunk, built, capsys) == (1, {"rekey_since": "local edits"})


def test_what_was_deleted(splunk: SplunkRestFake, built: Path, capsys: Any) -> None:
    search, table = next(iter(splunk.default[SEARCHES])), next(iter(splunk.default[TABLES]))
    for path, name in ((SEARCHES, search), (TABLES, table)):
        splunk.default[path] = {k: v for k, v in splunk.default[path].items() if k != name}
    found = {search: "deleted there", table: "deleted there"}
    assert asked("drift", splunk, built, capsys) == (1, found)


def test_an_older_app_is_an_update_and_no_drift(
    splunk: SplunkRestFake, built: Path, capsys: Any
) -> None:
    splunk.default["apps/local"]["rekey"] = {"version": "0.0.1"}
    name = next(iter(splunk.default[SEARCHES]))
    splunk.default[SEARCHES] = splunk.default[SEARCHES] | {name: {"search": "as it was"}}
    assert asked("drift", splunk, built, capsys) == (0, {})
    assert asked("plan", splunk, built, capsys)[1] == {"the app": "update", name: "update"}


def test_no_app_yet(splunk: SplunkRestFake, built: Path, capsys: Any) -> None:
    splunk.default["apps/local"] = {}
    assert asked("plan", splunk, built, capsys) == (0, {"the app": "create"})


def test_a_wrong_token(
    splunk: SplunkRestFake, built: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPLUNK_TOKEN", "canary-of-a-token")
    code = run(
        ["deploy", "drift", "--target", "splunk", "--url", splunk.url, "--package", str(built)]
    )
    said = capsys.readouterr()
    assert code == ExitCode.INPUT and "canary" not in said.out + said.err


@pytest.mark.parametrize("option", ["--prune", "--back"])
def test_splunk_is_not_written_to(splunk: SplunkRestFake, built: Path, option: str) -> None:
    code = run(["deploy", "plan", "--target", "splunk", "--url", splunk.url, "--package",
                str(built), option])  # fmt: skip
    assert code == ExitCode.USAGE
