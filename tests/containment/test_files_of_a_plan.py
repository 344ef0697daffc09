"""Approvals lie beside a plan as files: foreign, stale and odd ones stop nobody, and are named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rekey.errors import ExitCode
from rekey.journal.ssh_signature import sign
from tests.fakes.desk import Desk, Lines
from tests.fakes.people import People


def foreign(desk: Desk) -> str:
    stranger = People(desk.folder / "strangers", "eve")
    text = sign((desk.folder / "plan.json").read_bytes(), stranger.key("eve"), "rekey-plan")
    (desk.folder / "plan.json.approval-eve").write_text(text)
    return "plan.json.approval-eve: the signature is not good"


def an_editors_copy(desk: Desk) -> str:
    (desk.folder / "plan.json.approval-bob~").write_text("backup")
    return "plan.json.approval-bob~: the signature is not good"


def no_text(desk: Desk) -> str:
    (desk.folder / "plan.json.approval-x").write_bytes(b"\xff\xfe")
    return "plan.json.approval-x cannot be read"


def for_another_purpose(desk: Desk) -> str:
    digest = b"x" * 64 + b"\n"
    text = sign(digest, desk.people.key("cem"), "rekey-undo")
    (desk.folder / "plan.json.approval-cem").write_text(text)
    return "plan.json.approval-cem: the signature is not good"


@pytest.mark.parametrize("spoil", [foreign, an_editors_copy, no_text, for_another_purpose])
def test_an_approval_that_does_not_count_is_named_and_stops_nobody(
    spoil: Callable[[Desk], str], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.request()
    said = spoil(desk)
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.REFUSED, (
        "and it counts for none"
    )
    assert desk.approve() == ExitCode.OK
    capsys.readouterr()
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.OK
    told = capsys.readouterr().err
    assert f"warning: {desk.folder}/{said}" in told


def test_a_new_plan_under_an_old_name_puts_the_old_signatures_away(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        desk.request()
        desk.approve()
        capsys.readouterr()
        desk.rekey("contain", "plan", "DIR/case.json", "--pack", "DIR/pack", "--out", "DIR/plan.json",
                   "--as", "ada", "--reason", f"again {number}")  # fmt: skip
        assert "put away" in capsys.readouterr().err
        names = {file.name for file in desk.folder.glob("plan.json*")}
        assert f"plan.json.old-{number}.request" in names
        assert not [name for name in names if name.startswith("plan.json.approval-")]
        assert "plan.json.request" not in names, "it was not signed"


def test_a_plan_that_its_requester_cannot_sign_is_not_written(desk: Desk) -> None:
    key = str(desk.people.key("ada"))
    code = desk.plan("--out", "DIR/plan.json", "--as", "bob", "--key", key)
    assert code == ExitCode.REFUSED
    assert not (desk.folder / "plan.json").exists()


def test_whoever_asks_is_told_at_once_that_he_is_no_approver(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.request()
    capsys.readouterr()
    assert desk.approve("ada") == ExitCode.REFUSED
    assert "signed the request" in capsys.readouterr().err
    assert not list(desk.folder.glob("plan.json.approval-*"))


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_key_of_another_kind_is_told_at_once(
    kind: str, desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import subprocess

    desk.request()
    key = tmp_path / kind
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(key)], check=True)
    capsys.readouterr()
    code = desk.rekey("contain", "approve", "DIR/plan.json", "--key", str(key), "--yes")
    assert code == ExitCode.REFUSED
    assert "Only Ed25519 keys count" in capsys.readouterr().err


# Old credentials, by the ids that people know.


def presented(desk: Desk, monkeypatch: pytest.MonkeyPatch, id: str) -> int:
    desk.request()
    desk.approve()
    monkeypatch.setattr("sys.stdin", Lines(desk.credential))
    return desk.rekey("contain", "run", "DIR/plan.json", "--present", id)


def test_an_unknown_id_is_refused_before_anything_is_typed_or_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert presented(desk, monkeypatch, "AKIAUNKNOWN") == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "--present AKIAUNKNOWN: the plan acts on no such credential" in told
    assert f"It acts on {desk.stolen}" in told
    assert desk.stolen in desk.cloud.active_keys("svc-export")


def test_a_place_for_a_credential_that_the_case_does_not_know_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.plan("--store", "vault", "--destination", "AKIAUNKNOWN=x") == ExitCode.USAGE
    assert "the case knows no credential AKIAUNKNOWN" in capsys.readouterr().err


# What falls due, and what is undone.


def test_one_run_that_cannot_go_on_does_not_stop_the_others(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lease of a process that lives holds the first; the second falls due all the same."""
    from datetime import timedelta

    from rekey.cli.contain.opening import read
    from rekey.containment.lease import Leases
    from rekey.journal.sqlite import SqliteJournal
    from tests.fakes.desk import LiveClock

    first = desk.request()
    desk.approve()
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.OK
    LiveClock.cloud.sleep(timedelta(days=7, hours=1))
    settings = read(desk.folder / "rekey-containment.yml")
    with_lease = SqliteJournal(settings.journal.path, now=LiveClock.cloud.now)
    Leases(with_lease, LiveClock.cloud, timedelta(hours=1), "other").take([f"run/{first}"])
    with_lease.close()
    code = desk.rekey("contain", "resume", "--due")
    assert code == ExitCode.REFUSED
    assert f"run {first}: lease guard" in capsys.readouterr().err


def test_an_undoing_without_a_reason_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    run, key = desk.request(), str(desk.people.key("cem"))
    desk.approve()
    desk.rekey("contain", "run", "DIR/plan.json")
    capsys.readouterr()
    assert desk.rekey("contain", "undo", run, "--reason", "", "--key", key) == ExitCode.USAGE
    assert "--reason is empty" in capsys.readouterr().err
    assert desk.rekey("contain", "run", "DIR/plan.json", "--emergency", " ") == ExitCode.USAGE


def test_what_was_found_is_explained_from_the_command_line(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.fakes.desk import LiveClock

    run = desk.request()
    desk.approve()
    key, _ = LiveClock.cloud.create_key("svc-export")
    assert desk.rekey("contain", "run", "DIR/plan.json") == ExitCode.INCOMPLETE
    assert f"[{key}]" in capsys.readouterr().out
    mine = ("--key", str(desk.people.key("bob")))
    assert (
        desk.rekey("contain", "explain", run, "nothing", "--reason", "r", *mine) == ExitCode.USAGE
    )
    assert desk.rekey("contain", "explain", run, key, "--reason", "nightly", *mine)
    assert f"`rekey contain resume {run}`" in capsys.readouterr().out
    LiveClock.cloud.delete_key("svc-export", key)
    assert desk.rekey("contain", "resume", run) == ExitCode.OK
