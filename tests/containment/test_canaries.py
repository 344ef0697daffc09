"""No secret that a run handled is found in anything that it left behind, byte for byte."""

import base64
import json
import pickle
from pathlib import Path

import pytest

from rekey.containment.call import Applied, Call
from rekey.containment.errors import Refused
from rekey.containment.report.ecs import documents
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.report.ocsf import remediation_activities
from rekey.containment.secret import Secret
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from tests.fakes.fake_end_actions import DisableKey
from tests.fakes.stage import Stage

TOKEN = "hvs." + "canary0" * 4


def secrets_of(stage: Stage) -> list[str]:
    keys = [*stage.cloud.state["keys"].values(), *stage.cloud.state["deleted"].values()]
    return [key["secret"] for key in keys]


def left_behind(stage: Stage, run: str) -> dict[str, bytes]:
    evidence = evidence_of(stage.journal, run)
    files = {
        path.name: path.read_bytes()
        for path in stage.folder.iterdir()
        if path.is_file() and path.name != "cloud.json"
    }
    report = {
        "html": page(evidence).encode(), "json": evidence.model_dump_json().encode(),
        "ocsf": json.dumps(list(remediation_activities(evidence))).encode(),
        "ecs": json.dumps(list(documents(evidence))).encode(),
    }  # fmt: skip
    return files | report


def test_a_whole_run(stage: Stage) -> None:
    stage.journal = SqliteJournal(
        stage.folder / "journal2", [FileSink(stage.folder / "heads")], stage.cloud.now
    )
    stage.present_the_key()
    plan = stage.plan("contain")
    stage.cloud.fault("create_key", "lost")
    stage.run(plan, "bob")
    secrets = secrets_of(stage)
    assert len(secrets) == 3  # the stolen one, the lost one, the successor
    found = left_behind(stage, plan.run) | {"plan": json.dumps(plan.document()).encode()}
    assert {"journal2", "heads"} <= found.keys()
    for secret in secrets:
        for form in (secret.encode(), base64.b64encode(secret.encode())):
            assert [name for name, content in found.items() if form in content] == []


def test_a_provider_that_repeats_a_secret_in_its_error_and_its_facts(stage: Stage) -> None:
    class Careless(DisableKey):
        def apply(self, call: Call) -> Applied:
            assert call.presented is not None
            if self.cloud.calls("update_key") == 0:
                super().apply(call)
                return Applied({"token": TOKEN, "note": f"used {call.presented.reveal()}"})
            raise Refused(f"no: {call.presented.reveal()} {TOKEN}")

    stage.provider.offered[0] = Careless(stage.cloud)
    stage.present_the_key()
    plan = stage.plan("contain")
    stage.cloud.fault("update_key", "lie")
    stage.run(plan, "bob")
    stage.cloud.set(calls=["update_key"])
    stage.engine().resume(plan.run)
    journal = (stage.folder / "journal").read_bytes() + (stage.folder / "journal-wal").read_bytes()
    assert b"[redacted]" in journal
    for secret in (stage.stolen_credential, TOKEN):
        assert secret.encode() not in journal
        for name, content in left_behind(stage, plan.run).items():
            assert secret.encode() not in content, name


def test_a_secret_does_not_leave_by_accident(tmp_path: Path) -> None:
    secret = Secret("canary")
    for said in (repr(secret), str(secret), f"{secret}", f"{[secret]}", f"{secret!r}"):
        assert "canary" not in said
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert "canary" not in repr(Call(None, "r", "s", "m", presented=secret))  # type: ignore[arg-type]
