"""What connecting asks for, and from when on checks count."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from rekey.cli.doctor import doctor
from rekey.errors import RekeyError
from rekey.providers.aws import connect
from rekey.providers.aws.organization import PERMISSIONS
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from tests.providers.account import Account


def test_aws_tells_its_own_time(account: Account) -> None:
    clock = account.provider.connection().clock
    assert clock is not None and abs(datetime.now(UTC) - clock) < timedelta(minutes=1)


def test_connecting_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RekeyError, match="no region") as told:
        connect({})
    # The SDK for Python reads no AWS_REGION; what the hint names must work.
    monkeypatch.setenv(str(told.value.hint).split()[-1].rstrip("."), "us-east-1")
    connect({})
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(RekeyError, match="profile"):
        connect({"profile": "nowhere", "region": "us-east-1"})
    with pytest.raises(RekeyError, match="zone"):
        connect({"zone": "x"})


@pytest.fixture
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Credentials for the organisation, and none for the account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "credentials").write_text(
        "[policy-writer]\naws_access_key_id = AKIAABOVE\naws_secret_access_key = x\n"
    )
    return tmp_path


def test_the_organisation_is_connected_by_a_profile_of_its_own(profiles: Path) -> None:
    options = {"region": "us-east-1", "organization_profile": "policy-writer"}
    held = {p for one in connect(options).actions() for p in one.spec.permissions if p.holder}
    assert held == set(PERMISSIONS)
    with pytest.raises(RekeyError, match="profile"):
        connect(options | {"organization_profile": "nowhere"})


def test_doctor_prints_what_the_organisation_must_grant_as_a_document_of_its_own(
    profiles: Path,
) -> None:
    (profiles / "rekey-containment.yml").write_text(yaml.safe_dump({
        "version": 1, "providers": [{"name": "aws", "options": {
            "region": "us-east-1", "organization_profile": "policy-writer"}}],
    }))  # fmt: skip
    settings = ["--settings", str(profiles / "rekey-containment.yml")]
    said = CliRunner().invoke(doctor, ["--policy", "aws", *settings], standalone_mode=False).output
    own, above = said.split("# aws, the organisation: aws\n")
    actions = [set(_actions(text)) for text in (own.partition("\n")[2], above)]
    assert {name for name in actions[0] if name.startswith("organizations:")} == set()
    assert actions[1] == {one.name for one in PERMISSIONS}


def _actions(document: str) -> list[str]:
    return [name for one in json.loads(document)["Statement"] for name in one["Action"]]


@pytest.mark.parametrize(
    ("seconds", "interval", "advised"),
    [(60, 10, None), (1, 0.2, 60), (0, 0.2, 60), (600, 10, None)],
)
def test_from_when_on_checks_count_is_for_the_site_to_say(
    seconds: int, interval: float, advised: int | None, account: Account
) -> None:
    options = AwsOptions(propagation_seconds=seconds)
    actions = AwsProvider(account.aws, options).actions()
    found = {one.spec.name: one.spec.propagation for one in actions}
    watched = found["aws.disable_access_key"]
    assert (watched.bound_seconds, watched.advised_seconds) == (seconds, advised)
    assert watched.interval == timedelta(seconds=interval)
    assert found["aws.survey_user"].bound_seconds == 900, "it waits for CloudTrail"
    assert found["aws.record_access_key"].bound_seconds == 0
    assert found["aws.record_access_key"].advised is None
