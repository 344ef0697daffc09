"""What a step destroys is kept as files first, and the journal knows them."""

import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from rekey.containment.evidence_folder import EvidenceError, keep
from rekey.containment.plan import Plan
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from tests.fakes.fake_end_actions import Record
from tests.fakes.stage import Stage, changed, made_case

TOKEN = "hvs." + "canary0" * 4


def plan(stage: Stage) -> Plan:
    case = changed(made_case(stage.stolen, children={stage.session: stage.stolen}), stage.session,
                   kind="fake_session")  # fmt: skip
    return stage.plan("contain", case, store=None, destinations={})


def test_files_are_written_once_and_their_digests_journalled(stage: Stage) -> None:
    record = stage.provider.action(Record)
    record.files = {"logs/main": b"first line\n", "spec.json": b"{}"}
    made = plan(stage)
    assert not (stage.folder / "evidence").exists(), "planning writes nothing"
    assert stage.run(made, "bob").outcome == "contained and verified"
    verified = next(e for e in stage.journal.entries(run=made.run, kind="verified")
                    if e.step == "2-record")  # fmt: skip
    files = verified.payload["facts"]["files"]
    assert set(files) == {"logs/main", "spec.json"}
    for name, content in record.files.items():
        path = stage.folder / "evidence" / files[name]["path"]
        assert path.read_bytes() == content
        assert sha256(content).hexdigest() == files[name]["sha256"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.parent == stage.folder / "evidence" / made.run / "2-record"


def test_secrets_are_blanked_in_them(stage: Stage) -> None:
    stage.provider.action(Record).files = {
        "log": f"{TOKEN} {stage.stolen_credential}\n".encode(),
        "odd": b"\xff\xfe " + stage.stolen_credential.encode() + b" " + TOKEN.encode(),
    }
    stage.presented = {stage.stolen: Secret(stage.stolen_credential)}
    made = plan(stage)
    stage.run(made, "bob")
    kept = [file.read_bytes() for file in (stage.folder / "evidence").rglob("*") if file.is_file()]
    assert len(kept) == 2
    for content in kept:
        assert TOKEN.encode() not in content and stage.stolen_credential.encode() not in content
    assert any(content.startswith(b"\xff\xfe ") for content in kept)


@pytest.mark.parametrize(
    "name", ["../../escaped", "/etc/passwd", "..", "", "a\0b", "x" * 50 + "/y"]
)
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    kept = keep(tmp_path, "run", "1-record", {name: b"x"}, ())
    assert (tmp_path / kept[name]["path"]).resolve().parent == tmp_path / "run" / "1-record"
    assert json.dumps(kept)


def test_a_folder_that_cannot_be_written_costs_the_evidence_and_not_the_cut(stage: Stage) -> None:
    (stage.folder / "evidence").write_text("a file stands in its place")
    stage.provider.action(Record).files = {"log": b"x"}
    made = plan(stage)
    done = stage.run(made, "bob")
    assert done.steps["2-record"].status is Status.FAILED
    assert done.outcome == "incomplete"
    assert stage.cloud.use(stage.session) == "Rejected"
    with pytest.raises(EvidenceError):
        keep(stage.folder / "evidence", "r", "s", {"log": b"x"}, ())
