"""Who is meant: rekey is not, and whoever was made anew is another."""

from datetime import UTC, datetime, timedelta

import pytest

from rekey.containment.errors import NotFound, SelfUnknown
from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from tests.providers.vault.world import World


def test_rekey_is_told_from_its_targets(world: World) -> None:
    connection = world.provider.connection()
    accessor = world.read("auth/token/lookup-self")["accessor"]
    assert world.hmac(accessor) in connection.identities
    assert connection.scope == world.root.sys.read_health_status(method="GET")["cluster_id"]
    child = world.make(policies=["root"])
    provider = VaultProvider(opened(world.url, token=child["client_token"]), VaultOptions())
    with pytest.raises(SelfUnknown, match="child of another"):
        provider.connection()


def test_an_approle_that_was_made_anew_is_another_and_vault_tells_its_own_time(
    world: World,
) -> None:
    login = world.login()
    targets = [
        world.provider.locate(world.wanted(login, playbook))
        for playbook in ("vault_token", "vault_approle")
    ]
    resolve = world.provider.resolve
    for one in targets:
        assert resolve(one.kind, one.id, one.given) == one
        assert world.role_id not in str(one), "it is half of a login"
    world.root.delete(f"auth/approle/role/{world.name}")
    with pytest.raises(NotFound, match="tokens of earlier logins may live on"):
        resolve(targets[1].kind, targets[1].id, targets[1].given)
    world.write(f"auth/approle/role/{world.name}", token_policies=[world.name])
    for one in targets:
        assert resolve(one.kind, one.id, one.given) != one
    clock = world.provider.connection().clock
    assert clock is not None and abs(datetime.now(UTC) - clock) < timedelta(minutes=1)


def test_guards_know_a_workload_by_every_name_that_people_use(world: World) -> None:
    login = world.login()
    entity = world.read(f"identity/entity/id/{login['entity_id']}")["name"]
    for playbook in ("vault_token", "vault_approle"):
        target = world.provider.locate(world.wanted(login, playbook))
        assert {entity, world.name} <= target.names()
        assert target.identity == login["entity_id"]
        assert world.provider.resolve(target.kind, target.id, target.given) == target


def test_whose_entity_a_role_is_vault_says_and_not_the_plan(world: World) -> None:
    login = world.login()
    target = world.provider.locate(world.wanted(login, "vault_approle"))
    forged = world.provider.resolve("vault_approle", target.id, {})
    assert forged.identity == login["entity_id"]
