"""What was leased to a stolen token, and outlives it.

No engine of the tests' Vault leases anything, so that the lease of a login stands in for one of a
database: Vault keeps both alike, and answers alike. The entry in the log is written here, as Vault's
source has it. https://github.com/hashicorp/vault/blob/v1.14.1/audit/format.go
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hvac
import pytest

from rekey.containment.call import Call
from rekey.containment.survey import Finding, Survey
from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from tests.providers.vault.world import World, call

PATH = "database/creds/exporter"


@dataclass
class Leased:
    """A stolen token, and a lease that the log says was given to it."""

    world: World
    lease: str
    holder: str
    """The token with which the lease really ends."""
    log: Path
    stolen: str

    def survey(self, token: str | None = None) -> Survey:
        """Look for what the stolen token left, perhaps with a token that may not do everything."""
        if token is not None:
            options = VaultOptions(audit_device="file", audit_log=self.log)
            self.world.provider = VaultProvider(opened(self.world.url, token=token), options)
        return Survey.of(self.world.action("survey_entity").observe(self.asked).state)

    asked: Call

    def found(self, survey: Survey | None = None) -> list[Finding]:
        """Give the leases among what was found."""
        survey = survey or self.survey()
        return [one for one in survey.findings if one.id == self.lease]


@pytest.fixture
def leased(world: World, tmp_path: Path) -> Iterator[Leased]:
    mount = f"leases-{world.name}"
    world.root.sys.enable_auth_method("approle", path=mount)
    world.write(f"auth/{mount}/role/one", token_policies=["default"])
    role_id = world.read(f"auth/{mount}/role/one/role-id")["role_id"]
    secret_id = world.write(f"auth/{mount}/role/one/secret-id")["data"]["secret_id"]
    anybody = hvac.Client(url=world.url, token="")
    data = {"role_id": role_id, "secret_id": secret_id}
    login = anybody.write_data(f"auth/{mount}/login", data=data)["auth"]  # type: ignore[index]
    (name,) = world.keys(f"sys/leases/lookup/auth/{mount}/login")
    lease, stolen, since = f"auth/{mount}/login/{name}", world.login(), datetime.now(UTC)
    hmac = world.hmac(stolen["accessor"])
    log = tmp_path / "audit.log"
    log.write_text(_entry(hmac, lease, since + timedelta(seconds=5)))
    world.follows(log)
    target = world.provider.locate(world.wanted(stolen))
    yield Leased(world, lease, login["client_token"], log, stolen["client_token"],
                 call(target, since=since))  # fmt: skip
    world.root.sys.disable_auth_method(mount)  # type: ignore[no-untyped-call]


def _entry(accessor: str, lease: str, time: datetime) -> str:
    """Write what Vault logs when it answers with a leased credential."""
    entry = {
        "time": time.isoformat(), "type": "response",
        "auth": {"accessor": accessor, "token_type": "service"},
        "request": {"id": "r1", "operation": "read", "path": PATH, "mount_type": "database"},
        "response": {"mount_type": "database", "secret": {"lease_id": lease}},
    }  # fmt: skip
    return json.dumps(entry) + "\n"


def test_a_lease_that_lives_after_its_token_is_found(leased: Leased) -> None:
    revoke = leased.world.action("revoke_accessor")
    revoke.apply(leased.asked)
    assert not leased.world.works(leased.stolen)
    survey = leased.survey()
    (found,) = leased.found(survey)
    assert PATH in found.what
    answer, holds = survey.answer(())
    assert holds is False
    assert leased.lease in answer


def test_one_that_was_revoked_is_none(leased: Leased) -> None:
    leased.world.write("sys/leases/revoke", lease_id=leased.lease, sync=True)
    assert not leased.world.works(leased.holder)
    assert leased.found() == []


def test_what_was_leased_before_the_abuse_or_to_somebody_else_is_not_asked_about(
    leased: Leased,
) -> None:
    for entry in (
        _entry(leased.asked.target.id, leased.lease, datetime.now(UTC) - timedelta(days=1)),
        _entry("hmac-sha256:0", leased.lease, datetime.now(UTC) + timedelta(seconds=5)),
    ):
        leased.log.write_text(entry)
        assert leased.found() == []


def test_whoever_may_not_ask_does_not_say_that_there_is_none(leased: Leased) -> None:
    world = leased.world
    needed = [one for one in world.action("survey_entity").spec.permissions
              if "sys/leases" not in one.name]  # fmt: skip
    policy = world.provider.policy(needed)
    world.root.sys.create_or_update_policy(f"{world.name}-survey", policy)
    token = world.make(
        path="auth/token/create-orphan", policies=[f"{world.name}-survey"], no_default_policy=True
    )
    survey = leased.survey(token["client_token"])
    assert leased.found(survey) == []
    (said,) = survey.not_asked
    assert "sys/leases/lookup" in said
    assert survey.answer({one.id for one in survey.findings})[1] is None


@pytest.mark.parametrize("call_of_others", ["revoke-force", "revoke-prefix", "revoke-orphan"])
def test_nothing_makes_vault_forget_a_lease_or_spares_children(
    world: World, call_of_others: str
) -> None:
    """The account of a forgotten lease lives on, a prefix ends everybody's, an orphan is spared."""
    for action in world.provider.actions():
        spec = action.spec
        assert not any(call_of_others in one for one in spec.calls), spec.name
        assert not any(call_of_others in one.name for one in spec.permissions), spec.name
