"""The command line, as somebody meets it who was just woken."""

import json

import pytest

from rekey.errors import ExitCode
from tests.fakes.desk import Desk, Lines, LiveClock
from tests.fakes.stage import PLAYBOOKS
from tests.journal.tampering import opened


def test_a_dry_run_changes_nothing_and_fits_one_screen(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in desk.folder.iterdir())
    assert desk.plan() == ExitCode.OK
    said = capsys.readouterr().out
    assert len(said.splitlines()) <= 40
    for word in (
        "1-disable",
        "Proof",
        "Undo",
        "Approvers",
        "stops whoever uses the key",
        "Exposed",
        "Left out",
        "dry run",
    ):
        assert word in said
    assert sorted(path.name for path in desk.folder.iterdir()) == before
    assert not [call for call in desk.cloud.state["calls"] if call.startswith("done")]


def test_a_plan_for_programs_carries_its_digest(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.plan("--format", "json") == ExitCode.OK
    whole = json.loads(capsys.readouterr().out)
    assert set(whole) == {"digest", "plan"}
    assert len(whole["digest"]) == 64


def test_a_playbook_is_preferred_by_its_name(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = desk.folder / "mine"
    for part in ("rules", "fixtures", "playbooks"):
        (pack / part).mkdir(parents=True)
    text = (PLAYBOOKS / "fake_key.yml").read_text()
    (pack / "playbooks" / "fake_swift.yml").write_text(
        text.replace("name: fake_key", "name: fake_swift\non_request: true")
    )
    for more, expected in (([], "fake_key"), (["--playbook", "fake_swift"], "fake_swift")):
        assert desk.plan("--format", "json", "--pack", str(pack), *more) == ExitCode.OK
        steps = json.loads(capsys.readouterr().out)["plan"]["steps"]
        assert {step["playbook"] for step in steps} == {expected}
    assert desk.plan("--playbook", "fake_swift") == ExitCode.USAGE
    assert "is not there" in capsys.readouterr().err, "of a pack that is not given"


def test_from_plan_to_report(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.request()
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.REFUSED
    assert desk.approve() == ExitCode.OK
    monkeypatch.setattr("sys.stdin", Lines(desk.credential))
    code = desk.rekey("contain", "run", "DIR/plan.json", "--present", desk.stolen)
    assert code == ExitCode.OK
    said = capsys.readouterr()
    assert "contained and verified" in said.out
    assert desk.credential.partition(":")[2] not in said.out + said.err
    assert desk.rekey("contain", "status") == ExitCode.OK
    assert desk.rekey("contain", "status", run, "--format", "json") == ExitCode.OK
    assert desk.rekey("contain", "report", run, "--out", "DIR/out") == ExitCode.OK
    page = (desk.folder / "out" / "containment.html").read_text()
    assert "Contained and verified" in page and "<script" not in page
    evidence = json.loads((desk.folder / "out" / "containment.json").read_text())
    assert [one["grade"] for one in evidence["effects"]][:2] == ["A", "B"]
    for name in ("ocsf", "ecs"):
        lines = (desk.folder / "out" / f"containment.{name}.ndjson").read_text().splitlines()
        assert len(lines) >= 2
        assert all(run in line for line in lines)


def test_the_journal_is_checked_against_heads_and_checkpoints(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.request()
    desk.approve()
    desk.rekey("contain", "run", "DIR/plan.json")
    check = ("journal", "verify", "DIR/rekey.journal")
    assert desk.rekey(*check) == ExitCode.UNANCHORED
    assert "later unknown" in capsys.readouterr().out
    assert desk.rekey(*check, "--anchor", "DIR/heads") == ExitCode.OK
    (checkpoint,) = (desk.folder / "checkpoints").glob("*.json")
    allowed = ("--allowed-signers", str(desk.people.allowed))
    assert desk.rekey(*check, "--anchor", str(checkpoint), *allowed) == ExitCode.OK
    heads = (desk.folder / "heads").read_text()
    (desk.folder / "heads").write_text(heads.replace('"seq": 5', '"seq": 5000'))
    assert desk.rekey(*check, "--anchor", "DIR/heads") == ExitCode.BROKEN


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["status", "RUN"], ["report", "RUN", "--out", "DIR/out"], ["resume", "RUN"],
     ["resume", "--due"], ["run", "DIR/plan.json"], ["undo", "RUN", "--reason", "r", "--key", "KEY"]],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_a_journal_that_was_altered_is_no_ground_to_act_on(
    arguments: list[str], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    run = desk.request()
    desk.approve()
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.OK
    with opened(desk.folder / "rekey.journal") as db:
        better = """replace(payload, '"grade":"B"', '"grade":"A"')"""
        db.execute(f"UPDATE entries SET payload = {better} WHERE kind = 'verified'")
    signed, heads = (
        list((desk.folder / "checkpoints").iterdir()),
        (desk.folder / "heads").read_text(),
    )
    capsys.readouterr()
    words = [{"RUN": run, "KEY": str(desk.people.key("bob"))}.get(one, one) for one in arguments]
    assert desk.rekey("contain", *words) == ExitCode.BROKEN
    assert "its content does not give its hash" in capsys.readouterr().err
    assert list((desk.folder / "checkpoints").iterdir()) == signed, "nor is it signed"
    assert (desk.folder / "heads").read_text() == heads
    assert not (desk.folder / "out").exists()


def test_due_and_undo(desk: Desk) -> None:
    run = desk.request()
    desk.approve()
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.OK
    assert desk.rekey("contain", "resume", "--due") == ExitCode.OK
    key = str(desk.people.key("cem"))
    assert desk.rekey("contain", "undo", run, "--reason", "wrong one", "--key", key) == ExitCode.OK
    assert desk.stolen in desk.cloud.active_keys("svc-export")


def test_an_emergency_is_said_loudly(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    run = desk.request()
    code = desk.rekey("contain", "run", "DIR/plan.json", "--emergency", "nobody is awake")
    assert code == ExitCode.OK
    said = capsys.readouterr()
    assert "EMERGENCY" in said.out and "EMERGENCY" in said.err
    desk.rekey("contain", "report", run, "--out", "DIR/out")
    assert "Emergency" in (desk.folder / "out" / "containment.html").read_text()


def test_doctor(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.cloud  # noqa: B018 - the state exists
    LiveClock.cloud.set(permitted=["fake:disable_key"])
    assert desk.rekey("doctor") == ExitCode.FINDINGS
    said = capsys.readouterr().out
    assert "fake:create_key on *" in said and "break_glass" in said
    assert "store vault  ready: no  fake:put_secret on *" in said
    assert desk.rekey("doctor", "--policy") == ExitCode.OK
    said = capsys.readouterr().out
    assert "allow fake:disable_key" in said and "allow fake:put_secret" in said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["contain", "plan", "DIR/nothing.json"], ExitCode.USAGE),
        (["contain", "plan", "DIR/rekey-containment.yml"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--case", "c9"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--store", "none"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--playbook", "none"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--since", "2099-01-01"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--destination", "x"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--settings", "DIR/no.yml"], ExitCode.USAGE),
        (["contain", "plan", "DIR/case.json", "--settings", "DIR/case.json"], ExitCode.USAGE),
        (["contain", "approve", "DIR/case.json"], ExitCode.USAGE),
        (["contain", "run", "DIR/case.json"], ExitCode.USAGE),
        (["contain", "resume"], ExitCode.USAGE),
        (["contain", "resume", "none"], ExitCode.USAGE),
        (["contain", "status", "none"], ExitCode.USAGE),
        (["contain", "undo", "none", "--reason", "r"], ExitCode.USAGE),
        (["contain", "report", "none", "--out", "DIR/out"], ExitCode.USAGE),
        (["journal", "verify", "DIR/none"], ExitCode.USAGE),
    ],
)
def test_what_is_wrong_is_said_and_how_to_mend_it(
    arguments: list[str], code: ExitCode, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.rekey(*arguments) == code
    said = capsys.readouterr().err
    assert said.startswith("error:") and "Traceback" not in said and "defect" not in said


def test_a_plan_without_a_step_is_not_a_success(desk: Desk) -> None:
    LiveClock.cloud.set(caller="user/svc-export")
    assert desk.plan() == ExitCode.REFUSED
