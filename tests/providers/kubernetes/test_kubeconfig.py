"""A kubeconfig is read as kubectl reads it, and tried on the real server."""

import base64
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from rekey.containment.errors import Unreachable
from rekey.containment.secret import Secret
from rekey.errors import RekeyError
from rekey.providers.kubernetes.client import Cluster
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.probe import TokenProbe, whoami
from tests.engines import kubernetes as server


class File:
    """Writes kubeconfigs for one cluster."""

    def __init__(self, found: server.Cluster, folder: Path) -> None:
        self.server, self.folder = found, folder

    def write(self, user: Any, cluster: Any = None, name: str = "config") -> Path:
        where = {"server": self.server.url, "certificate-authority": str(self.server.authority)}
        path = self.folder / name
        path.write_text(json.dumps({
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": where if cluster is None else cluster}],
            "users": [{"name": "u", "user": user}],
        }))  # fmt: skip
        return path

    def program(self, text: str) -> dict[str, Any]:
        script = self.folder / "login"
        script.write_text(f"#!/bin/sh\necho run >> runs\nprintf %s {shlex.quote(text)}\n")
        script.chmod(0o755)
        return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script)}}

    def runs(self) -> int:
        return len((self.folder / "runs").read_text().splitlines())


@pytest.fixture
def file(kubernetes: server.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> File:
    monkeypatch.chdir(tmp_path)
    return File(kubernetes, tmp_path)


def name_of(path: Path | None) -> str:
    return str(whoami(Cluster(access(path)))["username"])


def test_a_token_may_stand_in_a_file_beside_it(file: File) -> None:
    (file.folder / "token").write_text(f"{server.ADMIN}\n")
    assert name_of(file.write({"tokenFile": "token"})) == "admin"


def test_a_program_is_asked_once_while_its_answer_is_good(file: File) -> None:
    status = {"token": server.ADMIN, "expirationTimestamp": "2999-01-01T00:00:00Z"}
    cluster = Cluster(access(file.write(file.program(json.dumps({"status": status})))))
    assert whoami(cluster)["username"] == whoami(cluster)["username"] == "admin"
    assert file.runs() == 1


def test_a_program_that_names_no_end_is_asked_again_once_its_token_is_refused(file: File) -> None:
    cluster = Cluster(access(file.write(file.program(json.dumps({"status": {"token": "wrong"}})))))
    for runs in (1, 2):
        with pytest.raises(Unreachable):
            whoami(cluster)
        assert file.runs() == runs
    good = Cluster(
        access(file.write(file.program(json.dumps({"status": {"token": server.ADMIN}}))))
    )
    assert whoami(good)["username"] == whoami(good)["username"] == "admin"
    assert file.runs() == 3


def test_a_program_is_found_beside_its_kubeconfig(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = file.program(json.dumps({"status": {"token": server.ADMIN}}))
    user["exec"]["command"] = "./login"
    path = file.write(user)
    monkeypatch.chdir("/")
    assert name_of(path) == "admin"


@pytest.mark.parametrize(
    ("user", "where"),
    [
        ({"client-certificate-data": "abc"}, "user.client-certificate-data"),
        ({"exec": "foo"}, "user.exec"),
        ({"exec": {"command": "x", "env": [{"nam": "hunter2"}]}}, "user.exec.env.0.name"),
        ({"tokenFile": 7}, "user.tokenFile"),
        ("hunter2", "user"),
    ],
)
def test_a_part_of_another_kind_is_told_with_its_place(file: File, user: Any, where: str) -> None:
    path = file.write(user)
    with pytest.raises(RekeyError) as caught:
        access(path)
    assert f"{where}: " in str(caught.value) and str(path) in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        "no JSON with hunter2-hunter2",
        "{}",
        '{"status": {}}',
        '{"status": {"token": "hunter2", "expirationTimestamp": "soon"}}',
    ],
)
def test_a_program_without_a_token_is_an_error_that_repeats_nothing(file: File, said: str) -> None:
    cluster = Cluster(access(file.write(file.program(said))))
    with pytest.raises(Unreachable) as caught:
        whoami(cluster)
    assert "hunter2" not in str(caught.value)


def test_the_authority_may_stand_in_the_file_and_a_wrong_one_is_not_trusted(file: File) -> None:
    data = base64.b64encode(file.server.authority.read_bytes()).decode()
    where = {"server": file.server.url, "certificate-authority-data": data}
    user = {"token": server.ADMIN}
    assert name_of(file.write(user, where)) == "admin"
    with pytest.raises(Unreachable):
        name_of(file.write(user, {"server": file.server.url}))


def test_several_files_add_up_and_the_first_wins(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = file.write({"token": server.ADMIN}, name="first")
    second = file.write({"token": "wrong"}, name="second")
    monkeypatch.setenv("KUBECONFIG", f"{first}:{second}")
    assert name_of(None) == "admin"


def test_a_removed_way_to_log_in_is_said(file: File) -> None:
    with pytest.raises(RekeyError, match="auth-provider or password"):
        access(file.write({"username": "ada", "password": "x"}))


def test_a_server_that_does_not_answer_proves_nothing(file: File) -> None:
    """A token must be refused by every server: silence of one is no refusal."""
    cluster = Cluster(access(file.write({"token": server.ADMIN})))
    probe = TokenProbe(cluster, Secret("a.b.c"), [file.server.url, "https://127.0.0.1:1"])
    assert [one.holds for one in probe.present()] == [True, True, None, None]
