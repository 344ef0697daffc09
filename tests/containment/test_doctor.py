"""What is missing is said before the night in which it is needed."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NoReturn

import pytest
import yaml

from rekey.containment.break_glass import NAMESPACE
from rekey.containment.errors import Unreachable
from rekey.errors import ExitCode
from rekey.journal.sinks import HttpSink, SyslogSink
from rekey.journal.ssh_signature import sign
from tests.fakes.desk import Desk, LiveClock
from tests.fakes.fake_provider import FakeProvider
from tests.fakes.people import People
from tests.fakes.stage import PLAYBOOKS
from tests.journal.tampering import alter, opened


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A desk at which nothing is missing."""
    file = desk.folder / "break_glass.yml"
    file.write_text("version: 1\nprotected: []\n")
    file.with_name("break_glass.yml.sig").write_text(
        sign(file.read_bytes(), desk.people.key("bob"), NAMESPACE)
    )
    settled(desk, break_glass="break_glass.yml")
    held = [one.spec.name.replace(".", ":") for one in FakeProvider(desk.cloud).actions()]
    LiveClock.cloud.set(permitted=[*held, "fake:put_secret"])
    return desk


def settled(desk: Desk, **changes: object) -> None:
    file = desk.folder / "rekey-containment.yml"
    whole = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(whole | changes))


def journal(desk: Desk, **changes: object) -> None:
    whole = yaml.safe_load((desk.folder / "rekey-containment.yml").read_text())["journal"]
    settled(desk, journal=whole | changes)


def test_where_nothing_is_missing_it_says_so(
    ready: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    code = ready.rekey("doctor")
    assert (code, capsys.readouterr().out.splitlines()[-1]) == (ExitCode.OK, "ready")


def a_sink_in_a_folder_that_is_gone(desk: Desk) -> str:
    journal(desk, sinks=[{"kind": "file", "path": "/nonexistent/heads"}])
    return "journal: file /nonexistent/heads cannot be reached"


def a_collector_that_is_down(desk: Desk) -> str:
    journal(desk, sinks=[{"kind": "http", "url": "http://127.0.0.1:9/heads"}])
    return "journal: http http://127.0.0.1:9/heads cannot be reached (no answer"


def a_daemon_that_is_down(desk: Desk) -> str:
    journal(desk, sinks=[{"kind": "syslog", "host": "127.0.0.1", "port": 9}])
    return "journal: syslog 127.0.0.1:9 cannot be reached"


def a_checkpoint_key_that_is_gone(desk: Desk) -> str:
    journal(desk, checkpoint_key="nothing")
    return "journal: checkpoint_key: ssh-keygen could not sign"


def a_checkpoint_key_of_somebody_who_may_not(desk: Desk) -> str:
    stranger = People(desk.folder / "strangers", "eve")
    journal(desk, checkpoint_key=str(stranger.key("eve")))
    return "journal: checkpoint_key: the signature is not good"


def a_journal_that_was_altered(desk: Desk) -> str:
    desk.request()
    desk.approve()
    desk.rekey("contain", "run", "DIR/plan.json")
    with opened(desk.folder / "rekey.journal") as db:
        alter(db)
    return "journal: entry 4: its content does not give its hash"


def a_tool_that_is_not_there(desk: Desk) -> str:
    (desk.folder / "empty").mkdir()
    return "ssh-keygen: ssh-keygen is not on the path"


def a_playbook_with_an_action_that_nobody_has(desk: Desk) -> str:
    text = (PLAYBOOKS / "fake_key.yml").read_text().replace("fake.disable_key", "fake.nothing")
    folder = desk.folder / "other" / "playbooks"
    folder.mkdir(parents=True)
    (folder.parent / "rules").mkdir()
    (folder / "fake_key.yml").write_text(text)
    return "playbook fake_key, fake_key, disable: fake has no action fake.nothing"


def kept(desk: Desk) -> set[str]:
    """Give the files that stay; whoever reads a WAL journal may leave an index beside it."""
    names = {file.name for file in desk.folder.iterdir()}
    return {name for name in names if not name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize(
    "spoil",
    [
        a_sink_in_a_folder_that_is_gone, a_collector_that_is_down, a_daemon_that_is_down,
        a_checkpoint_key_that_is_gone, a_checkpoint_key_of_somebody_who_may_not,
        a_journal_that_was_altered, a_playbook_with_an_action_that_nobody_has,
        a_tool_that_is_not_there,
    ],
)  # fmt: skip
def test_what_is_missing_is_named(
    spoil: Callable[[Desk], str], ready: Desk, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    wanted = spoil(ready)
    capsys.readouterr()
    before = kept(ready)
    pack = ["--pack", "DIR/other"] if (ready.folder / "other").exists() else []
    if (ready.folder / "empty").exists():
        monkeypatch.setenv("PATH", str(ready.folder / "empty"))
    assert ready.rekey("doctor", *pack) == ExitCode.FINDINGS
    said = capsys.readouterr().out
    assert f"  missing  {wanted}" in said
    assert kept(ready) == before, "it changes nothing"


def test_a_clock_that_is_off(
    ready: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FakeProvider.connection
    ahead = LiveClock.cloud.now() + timedelta(minutes=3)
    monkeypatch.setattr(FakeProvider, "connection", lambda self: replace(real(self), clock=ahead))
    assert ready.rekey("doctor") == ExitCode.FINDINGS
    assert "  missing  clock: it is" in capsys.readouterr().out


def a_connection_that_cannot_be_made(desk: Desk) -> str:
    file = desk.folder / "rekey-containment.yml"
    fake = yaml.safe_load(file.read_text())["providers"]
    settled(desk, providers=[{"name": "aws", "options": {"profile": "nobody"}}, *fake])
    return "The config profile (nobody) could not be found"


def test_a_connection_that_cannot_be_made_hides_no_other(
    ready: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = a_connection_that_cannot_be_made(ready)
    assert ready.rekey("doctor") == ExitCode.FINDINGS
    said = capsys.readouterr().out.splitlines()
    assert f"aws: AWS: {wanted}" in said[0]
    assert said[1].startswith("fake fake-111122223333 as ") and said[-1] == "not ready: 1 fault"
    assert ready.rekey("doctor", "--policy", "fake") == ExitCode.OK
    told = capsys.readouterr()
    assert wanted in told.err and told.out.startswith("allow fake:")


def test_what_a_server_says_cannot_speak_to_the_terminal(
    ready: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: FakeProvider) -> NoReturn:
        raise Unreachable("it says \x1b[2J\x1b[31mready\u202e")

    monkeypatch.setattr(FakeProvider, "connection", fails)
    assert ready.rekey("doctor") == ExitCode.FINDINGS
    assert r"it says \x1b[2J\x1b[31mready\u202e" in capsys.readouterr().out


def test_nor_a_store_that_cannot_be_opened(ready: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    settled(ready, stores=[{"name": "vault", "provider": "aws", "options": {"profile": "nobody"}}])
    assert ready.rekey("doctor") == ExitCode.FINDINGS
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("store vault: AWS: The config profile (nobody)")
    assert said[1].startswith("fake ")


def test_a_plan_needs_only_its_own_connection(
    ready: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = a_connection_that_cannot_be_made(ready)
    assert ready.plan() == ExitCode.OK
    assert f"warning: no connection to aws: AWS: {wanted}" in capsys.readouterr().err


def test_policies_say_which_is_which_and_one_alone_is_pure(
    ready: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready.rekey("doctor", "--policy") == ExitCode.OK
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("#")] == [
        "# fake: fake fake-111122223333", "# vault: fake fake-111122223333",
    ]  # fmt: skip
    assert ready.rekey("doctor", "--policy", "vault") == ExitCode.OK
    assert capsys.readouterr().out == "allow fake:put_secret on *\n"
    assert ready.rekey("doctor", "--policy", "nobody") == ExitCode.USAGE
    assert "they name fake, vault" in capsys.readouterr().err


class _Collector(BaseHTTPRequestHandler):
    status = 405

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_that_takes_posts_only_is_there(
    collector: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = HttpSink(f"http://127.0.0.1:{collector.server_port}/heads")
    sink.check()
    monkeypatch.setattr(_Collector, "status", 503)
    with pytest.raises(OSError, match="503"):
        sink.check()


def test_a_playbook_of_a_site_with_an_unknown_action_is_a_fault_of_the_playbook(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    a_playbook_with_an_action_that_nobody_has(desk)
    code = desk.rekey("contain", "plan", "DIR/case.json", "--pack", "DIR/other")
    assert code == ExitCode.USAGE
    assert "playbook fake_key: disable: the provider fake has no action" in capsys.readouterr().err


def test_nothing_is_delivered_by_looking(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="refused"):
        SyslogSink(("127.0.0.1", 9)).check()
    assert list(tmp_path.iterdir()) == []
