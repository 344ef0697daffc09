"""The script for whoever does not believe rekey answers as rekey does, and knows a report that lies."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from rekey.containment.report.evidence import evidence_of
from rekey.errors import ExitCode
from rekey.journal.checkpoint import write_checkpoint
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from rekey.journal.verify import Verdict, read_anchor, verify_journal
from tests.fakes.people import People
from tests.fakes.stage import Stage
from tests.journal.tampering import (
    alter,
    cut,
    empty,
    opened,
    remove,
    rewrite,
    spaced,
    spoil,
    swap,
    twice,
)

PAGE: Final = Path(__file__).parents[2] / "docs" / "verify-evidence.md"
CODES: Final = {"intact": ExitCode.OK, "open_end": ExitCode.UNANCHORED, "broken": ExitCode.BROKEN}
ANCHORS: Final = {
    "nothing": (), "heads": ("heads",), "checkpoint": ("checkpoint.json",),
    "all": ("heads", "checkpoint.json"),
}  # fmt: skip


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"), "ada", "bob", "eve")


@pytest.fixture(scope="session")
def run(people: People, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything about one run: two of them share the journal."""
    folder = tmp_path_factory.mktemp("run")
    stage = Stage(folder / "world", people)
    stage.journal = SqliteJournal(folder / "journal", [FileSink(folder / "heads")], stage.cloud.now)
    stage.present_the_key()
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    stage.journal.close()
    head = (SqliteJournal(folder / "journal")).head()
    assert head is not None
    write_checkpoint(head, people.key("ada"), folder / "checkpoint.json")
    evidence = evidence_of(SqliteJournal(folder / "journal"), plan.run)
    (folder / "report.json").write_text(json.dumps(evidence.model_dump(mode="json")))
    shutil.copy(people.allowed, folder / "allowed_signers")
    return folder


@pytest.fixture
def case(run: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(run, tmp_path / "case"))


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script, as it stands on the page."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code == PAGE.with_name("verify_evidence.py").read_text("utf-8")
    file = tmp_path_factory.mktemp("script") / "script.py"
    file.write_text(code)
    return file


def told(script: Path, case: Path, *files: str, name: str = "ada") -> tuple[int, str]:
    """Run the script with nothing but Python's standard library, and give its answer."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, "journal", "allowed_signers", name, *files],
        cwd=case, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def verdict(case: Path, *files: str) -> Verdict:
    heads = [one for file in files for one in read_anchor(case / file, case / "allowed_signers")]
    return verify_journal(case / "journal", heads)


def nothing(db: sqlite3.Connection) -> None:
    """Leave it as it is."""


@pytest.mark.parametrize("anchors", ANCHORS)
@pytest.mark.parametrize(
    "change",
    [nothing, alter, spoil, twice, spaced, swap, remove, empty, cut, rewrite],
    ids=lambda f: f.__name__,
)
def test_it_answers_as_rekey_does(
    change: Callable[[sqlite3.Connection], None], anchors: str, case: Path, script: Path
) -> None:
    with opened(case / "journal") as db:
        change(db)
    wanted = verdict(case, *ANCHORS[anchors])
    code, said = told(script, case, *ANCHORS[anchors])
    assert code == CODES[wanted.status], said
    assert said.startswith("BROKEN" if wanted.status == "broken" else f"intact: {wanted.entries}")


def test_an_early_anchor_leaves_the_end_open(case: Path, script: Path) -> None:
    early = (case / "heads").read_text().splitlines(keepends=True)[:3]
    (case / "early").write_text("".join(early))
    assert verdict(case, "early").status == "open_end"
    assert told(script, case, "early")[0] == ExitCode.UNANCHORED


def test_a_checkpoint_of_somebody_else(case: Path, script: Path, people: People) -> None:
    head = SqliteJournal(case / "journal").head()
    assert head is not None
    write_checkpoint(head, people.key("eve"), case / "checkpoint.json")
    assert told(script, case, "checkpoint.json") == (
        ExitCode.BROKEN, "BROKEN: checkpoint.json: not signed by ada\n",
    )  # fmt: skip
    assert told(script, case, "checkpoint.json", name="eve")[0] == ExitCode.OK
    text = (case / "checkpoint.json").read_text()
    (case / "checkpoint.json").write_text(text.replace(head.hash, "0" * 64))
    assert told(script, case, "checkpoint.json", name="eve")[0] == ExitCode.BROKEN


def test_a_true_report(case: Path, script: Path) -> None:
    assert told(script, case, "heads", "report.json")[0] == ExitCode.OK


Report = dict[str, Any]


def better_grade(said: Report) -> None:
    effect = next(one for one in said["effects"] if one["grade"] == "B")
    effect["grade"] = "A"


def verified(said: Report) -> None:
    effect = next(one for one in said["effects"] if one["status"] == "waiting")
    effect["status"] = "verified"


def an_effect_left_out(said: Report) -> None:
    said["effects"].pop()


def another_outcome(said: Report) -> None:
    said["outcome"] = "incomplete"


def another_answer(said: Report) -> None:
    said["effects"][0]["answers"][0]["answer"] = "200"


def an_entry_left_out(said: Report) -> None:
    said["record"] = [one for one in said["record"] if one["kind"] != "intent"]


def an_altered_entry(said: Report) -> None:
    said["record"][-3]["payload"]["reason"] = "all is well"


def a_shorter_record(said: Report) -> None:
    said["record"].pop()


def of_another_run(said: Report) -> None:
    said["run"] = "0" * 12


@pytest.mark.parametrize(
    "change",
    [
        better_grade, verified, an_effect_left_out, another_outcome, another_answer,
        an_entry_left_out, an_altered_entry, a_shorter_record, of_another_run,
    ],
    ids=lambda function: function.__name__,
)  # fmt: skip
def test_a_report_that_lies(change: Callable[[Report], None], case: Path, script: Path) -> None:
    said = json.loads((case / "report.json").read_text())
    change(said)
    (case / "report.json").write_text(json.dumps(said))
    code, answer = told(script, case, "heads", "report.json")
    assert (code, answer[:20]) == (ExitCode.BROKEN, "BROKEN: report.json:")


def test_who_agreed_can_be_checked_by_hand(case: Path) -> None:
    commands = re.findall(
        r"^ {4}(.*)$", PAGE.read_text("utf-8").partition("## Who agreed")[2], re.MULTILINE
    )
    typed = "\n".join(commands).replace("NAME", "bob").replace("containment.json", "report.json")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed], cwd=case, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "bob"
    assert 'Good "rekey-plan" signature for bob' in done.stdout
