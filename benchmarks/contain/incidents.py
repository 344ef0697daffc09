"""One stolen credential at each provider, with the propagation bounds that are real."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engines import kubernetes, ministack, vault
from tests.fakes.people import People
from tests.providers.account import Account, shown
from tests.providers.incident import Incident
from tests.providers.kubernetes import world as kubernetes_world
from tests.providers.vault import world as vault_world


def aws_key(config: pytest.Config, people: People, folder: Path) -> Incident:
    """An access key of a user, whose thief may have opened sessions."""
    account = Account(ministack.url(config))
    key = account.key["AccessKeyId"]
    return Incident(
        account.provider, people, folder, key, "aws_access_key",
        f"arn:aws:iam::{account.id}:user/svc", account.id, "aws_access_key",
        presented={key: shown(account.key).reveal()}, since=_later(),
    )  # fmt: skip


def aws_role(config: pytest.Config, people: People, folder: Path) -> Incident:
    """A session of a role, which a stolen key opened."""
    account = Account(ministack.url(config))
    role = account.role("svc")
    session = account.assume(role, account.key)
    return Incident(
        account.provider, people, folder, session["AccessKeyId"], "aws_session_key", role,
        account.id, "aws_role_session", presented={role: shown(session).reveal()}, since=_later(),
    )  # fmt: skip


def kubernetes_token(config: pytest.Config, people: People, folder: Path) -> Incident:
    """A token of a service account that is bound to nothing."""
    world = kubernetes_world.World(kubernetes.cluster(config))
    world.provider = world.connected(propagation_seconds=70)
    stolen = world.token()
    id = kubernetes_world.jti(stolen)
    return Incident(
        world.provider, people, folder, id, "k8s_token", f"tests/{world.account.identity}", "tests",
        "kubernetes_service_account_token", presented={id: stolen}, since=_later(),
    )  # fmt: skip


def vault_token(config: pytest.Config, people: People, folder: Path) -> Incident:
    """A service token of a login."""
    world = vault_world.World(vault.url(config))
    stolen = world.login()
    hmac = world.hmac(stolen["accessor"])
    return Incident(
        world.provider, people, folder, hmac, "vault_service_token", stolen["entity_id"], "root",
        "vault_token", presented={hmac: stolen["client_token"]}, since=_later(),
    )  # fmt: skip


def _later() -> datetime:
    """After all that was set up, which a survey would otherwise take for the thief's."""
    return datetime.now(UTC) + timedelta(seconds=5)


INCIDENTS = {
    "AWS, access key": aws_key,
    "AWS, sessions of a role": aws_role,
    "Kubernetes, unbound token": kubernetes_token,
    "Vault, service token": vault_token,
}
