"""Nobody says alone what is protected from himself, and nothing leaves the list unseen."""

from pathlib import Path

import pytest

from rekey.containment.approval import NotApproved
from rekey.containment.break_glass import NAMESPACE, BreakGlass, read_break_glass
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.report.plan_screen import plan_screen
from rekey.errors import RekeyError
from rekey.journal import ssh_signature
from rekey.journal.ssh_signature import SignatureError, sign
from tests.containment.test_screens import drawn
from tests.fakes.people import People
from tests.fakes.stage import Stage

ONE = "- {match: 'user/break-glass*', reason: the last way in, owner: secops}\n"
TWO = "- {match: 'user/payroll*', reason: payroll, owner: ops}\n"


def listed(stage: Stage, entries: str, signer: str = "bob") -> BreakGlass:
    """Write and sign a list, and put it into force."""
    file = stage.folder / "break_glass.yml"
    file.write_text(
        f"version: 1\nprotected:\n{entries}" if entries else "version: 1\nprotected: []\n"
    )
    signature = sign(file.read_bytes(), stage.people.key(signer), NAMESPACE)
    file.with_name("break_glass.yml.sig").write_text(signature)
    stage.listed = read_break_glass(file, stage.people.allowed)
    return stage.listed


def test_the_requester_does_not_sign_it(stage: Stage) -> None:
    listed(stage, ONE, "ada")
    with pytest.raises(NotApproved, match="signed by whoever asks"):
        stage.run(stage.plan("contain"), "bob")
    assert not list(stage.journal.entries(kind="planned"))


def test_nor_does_a_second_key_of_his(stage: Stage, tmp_path: Path) -> None:
    stage.people = people = People(tmp_path / "others", "ada", "bob")
    people.add("ada2", principals="ada")
    stage.settings = stage.settings.model_copy(update={"allowed_signers": people.allowed})
    listed(stage, ONE, "ada2")
    with pytest.raises(NotApproved, match="signed by whoever asks"):
        stage.run(stage.plan("contain"), "bob", override="nobody is awake")


def test_what_vanished_is_in_the_plan_and_everywhere(stage: Stage) -> None:
    listed(stage, ONE + TWO)
    first = stage.plan("contain", reason="first")
    assert first.vanished == ()
    stage.run(first, "bob")
    listed(stage, ONE)
    stage.cloud.set(now=stage.cloud.state["now"] + 3600)
    plan = stage.plan("contain", reason="second", store=None, destinations={})
    assert plan.vanished == ("user/payroll*: payroll (owner ops)",)
    assert "No longer" in drawn(plan_screen(plan, None, False))
    stage.run(plan, "bob")
    evidence = evidence_of(stage.journal, plan.run)
    assert evidence.vanished == plan.vanished
    assert evidence.lists == {"break_glass": stage.listed.sha256}
    assert "No longer on the break-glass list" in page(evidence)
    assert str(stage.listed.sha256) in page(evidence)
    again = stage.plan("contain", reason="third", store=None, destinations={})
    assert again.vanished == (), "it is said once"


def test_a_list_that_the_settings_no_longer_name_has_vanished_whole(stage: Stage) -> None:
    listed(stage, ONE)
    stage.run(stage.plan("contain", reason="first"), "bob")
    stage.listed = BreakGlass()
    assert len(stage.plan("contain", reason="second").vanished) == 1


def test_a_plan_that_conceals_what_vanished(stage: Stage) -> None:
    listed(stage, ONE)
    stage.run(stage.plan("contain", reason="first"), "bob")
    listed(stage, TWO)
    plan = stage.plan("contain", reason="second").model_copy(update={"vanished": ()})
    with pytest.raises(NotApproved, match="have vanished"):
        stage.run(plan, "bob")


def test_the_bytes_that_were_signed_are_those_that_count(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody swaps the file between the check of its signature and the reading of it."""
    good = listed(stage, ONE)
    file = stage.folder / "break_glass.yml"
    real = ssh_signature.verify

    def swaps(*arguments: object) -> object:
        found = real(*arguments)  # type: ignore[arg-type]
        file.write_text("version: 1\nprotected: []\n")
        return found

    monkeypatch.setattr("rekey.containment.break_glass.verify", swaps)
    assert read_break_glass(file, stage.people.allowed).entries == good.entries


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda file: file.unlink(), "break_glass.yml"),
        (lambda file: file.write_text("version: 1\nprotected: []\n"), "break_glass.yml.sig"),
        (lambda file: file.with_name("break_glass.yml.sig").unlink(), "break_glass.yml.sig"),
    ],
    ids=["missing", "altered", "unsigned"],
)
def test_the_file_that_is_wrong_is_named(spoil: object, name: str, stage: Stage) -> None:
    listed(stage, ONE)
    file: Path = stage.folder / "break_glass.yml"
    spoil(file)  # type: ignore[operator]
    with pytest.raises(SignatureError) as told:
        read_break_glass(file, stage.people.allowed)
    assert told.value.place is not None
    assert Path(told.value.place.path).name == name
    assert isinstance(told.value, RekeyError)
