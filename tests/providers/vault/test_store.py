"""A kv engine as the place for successors."""

import hvac
import pytest

from rekey.containment.errors import Refused
from rekey.containment.secret import Secret
from rekey.providers.vault.client import opened
from rekey.providers.vault.store import KvStore
from tests.providers.vault.world import World


def test_the_policy_of_the_store_is_enough_to_write_and_not_to_read(world: World) -> None:
    needed = world.store.permissions
    assert set(world.store.provider.permitted(needed).values()) == {True}
    world.root.sys.create_or_update_policy("writer", world.store.provider.policy(needed))
    token = world.make(policies=["writer"])["client_token"]
    store = KvStore(opened(world.url, token=token), "secret", "vault:secret")
    assert set(store.provider.permitted(needed).values()) == {True}
    version = store.write(world.path, Secret("new"), "marker")
    assert store.find(world.path, "marker") == version
    with pytest.raises(hvac.exceptions.Forbidden):
        hvac.Client(url=world.url, token=token).read(f"secret/data/{world.path}")
    poor = world.make(policies=["default"])["client_token"]
    limited = KvStore(opened(world.url, token=poor), "secret", "vault:secret").provider
    assert set(limited.permitted(needed).values()) == {False}


def test_the_store_keeps_other_fields_and_knows_its_marker(world: World) -> None:
    world.root.secrets.kv.v2.create_or_update_secret(world.path, {"host": "db", "value": "old"})
    version = world.store.write(world.path, Secret("new"), "m1")
    assert world.stored() == {"host": "db", "value": "new"}
    assert world.store.find(world.path, "m1") == version
    assert world.store.find(world.path, "m2") is None
    world.root.secrets.kv.v2.delete_latest_version_of_secret(world.path)
    assert world.store.find(world.path, "m1") is None, "a deleted version is no version"
    world.store.write(f"{world.path}#password", Secret("newer"), "m2")
    assert world.stored() == {"password": "newer"}
    with pytest.raises(Refused):
        world.store.write("../sys", Secret("x"), "m3")
