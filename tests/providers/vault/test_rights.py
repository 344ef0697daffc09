"""The policy that rekey writes is enough for what it does."""

from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from tests.providers.vault.world import World, call


def test_the_policy_that_rekey_writes_is_enough_and_names_no_root(world: World) -> None:
    permissions = {p for action in world.provider.actions() for p in action.spec.permissions}
    world.root.sys.create_or_update_policy("responder", world.provider.policy(permissions))
    token = world.make(path="auth/token/create-orphan", policies=["responder"])["client_token"]
    limited = VaultProvider(opened(world.url, token=token), VaultOptions(audit_device="file"))
    assert set(limited.permitted(permissions).values()) == {True}
    stolen = world.login()
    target = limited.locate(world.wanted(stolen))
    revoke = next(a for a in limited.actions() if a.spec.name == "vault.revoke_accessor")
    revoke.apply(call(target))
    assert not world.works(stolen["client_token"])
    role = limited.locate(world.wanted(world.login(), "vault_approle"))
    destroy = next(a for a in limited.actions() if a.spec.name == "vault.destroy_secret_ids")
    destroy.apply(call(role))
    assert destroy.observe(call(role)).effect == "present", "it may list what it destroyed"
