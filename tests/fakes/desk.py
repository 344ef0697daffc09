"""A responder's folder, and the command line in it, over the fake cloud."""

import json
from pathlib import Path

import pytest

from rekey.cli.contain import opening
from rekey.cli.main import run as rekey
from rekey.containment import selection
from rekey.errors import ExitCode
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.people import People
from tests.fakes.stage import PATH, PLAYBOOKS, Stage, made_case


class Desk:
    """A folder with a case, settings and a fake cloud."""

    def __init__(self, folder: Path, people: People) -> None:
        self.folder, self.people = folder, people
        stage = Stage(folder / "stage", people)
        self.stolen, self.credential = stage.stolen, stage.stolen_credential
        self.state = folder / "stage" / "cloud.json"
        self.case = folder / "case.json"
        self.case.write_text(made_case(self.stolen).model_dump_json())
        pack = folder / "pack"
        (pack / "rules").mkdir(parents=True)
        (pack / "playbooks").symlink_to(PLAYBOOKS)
        (folder / "rekey-containment.yml").write_text(
            f"version: 1\n"
            f"providers: [{{name: fake, options: {{file: {self.state}}}}}]\n"
            f"stores: [{{name: vault, provider: fake, options: {{file: {self.state}}}}}]\n"
            f"journal: {{sinks: [{{kind: file, path: heads}}], checkpoint_key: {people.key('ada')}}}\n"
            f"allowed_signers: {people.allowed}\n"
        )

    @property
    def cloud(self) -> FakeCloud:
        return FakeCloud(self.state)

    def rekey(self, *arguments: str) -> int:
        return rekey([one.replace("DIR", str(self.folder)) for one in arguments])

    def plan(self, *more: str) -> int:
        return self.rekey("contain", "plan", "DIR/case.json", "--pack", "DIR/pack", *more)

    def request(self) -> str:
        """Write and sign a whole plan; give the id of its run."""
        code = self.plan(
            "--store", "vault", "--destination", f"{self.stolen}={PATH}", "--out", "DIR/plan.json",
            "--as", "ada", "--key", str(self.people.key("ada")),
        )  # fmt: skip
        assert code == ExitCode.OK
        digest: str = json.loads((self.folder / "plan.json").read_text())["digest"]
        return digest[:12]

    def approve(self, name: str = "bob") -> int:
        key = str(self.people.key(name))
        return self.rekey("contain", "approve", "DIR/plan.json", "--key", key, "--yes")


def made_desk(folder: Path, people: People, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Make a desk at which the fake cloud is a provider."""
    monkeypatch.setitem(opening.PROVIDERS, "fake", "tests.fakes.fake_room")
    monkeypatch.setitem(selection.PROVIDERS, "fake_", "fake")
    made = Desk(folder, people)
    monkeypatch.setattr(opening, "clock", lambda: LiveClock(made.state))
    monkeypatch.setenv("REKEY_CONTAINMENT", str(folder / "rekey-containment.yml"))
    monkeypatch.setattr("tests.fakes.fake_room.FakeCloud", shared(made.state))
    return made


def shared(file: Path) -> object:
    """One cloud for provider, store and clock, as there is one world."""
    cloud = FakeCloud(file)
    LiveClock.cloud = cloud
    return lambda _: cloud


class LiveClock:
    """The clock of the fake world."""

    cloud: FakeCloud

    def __new__(cls, file: Path) -> FakeCloud:  # type: ignore[misc]
        return cls.cloud


class Lines:
    """Standard input that is no terminal."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        return self._lines.pop(0) + "\n" if self._lines else ""
