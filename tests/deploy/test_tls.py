"""Certificates are verified, by the system's authorities or by the one that is named."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import KibanaFake
from tests.fakes.splunk_rest_fake import TOKEN, SplunkRestFake


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, with its key, that no system trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here, which makes the certificate: install it")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file),
            "-out", "-"]  # fmt: skip
    done = subprocess.run(made, capture_output=True, check=True, text=True)
    file.write_text(file.read_text() + done.stdout)
    return file


def context(certificate: Path) -> ssl.SSLContext:
    """What the fakes serve with."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def test_kibana(kibana: KibanaFake, stage: Stage, certificate: Path) -> None:
    with KibanaFake(tls=context(certificate)) as secure:
        stage.kibana = secure
        assert stage.plan() == ExitCode.INCOMPLETE
        assert stage.plan("--ca", str(certificate)) == 0


def test_splunk(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLUNK_TOKEN", TOKEN)
    with SplunkRestFake(tls=context(certificate)) as splunk:
        asked = ["replay", "--from-splunk", splunk.url]
        assert run(asked) == ExitCode.INPUT
        assert splunk.exports == []
        run([*asked, "--ca", str(certificate)])
        assert splunk.exports


def test_what_is_no_certificate(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    assert stage.plan("--ca", str(tmp_path / "ca.pem")) == ExitCode.USAGE
