"""A kv engine as the place for successors, and whether it could be written."""

import json
from collections.abc import Callable
from typing import Any

import hvac
import pytest

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Denied, Refused
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.providers.vault.client import opened
from rekey.providers.vault.store import KvStore
from tests.engines.vault import ROOT_TOKEN
from tests.faults.faults import Lie
from tests.faults.proxy import FaultProxy
from tests.providers.incident import Hasty, Incident
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
    held = {one.name for one, known in limited.permitted(needed).items() if known}
    assert held == {"update sys/capabilities-self"}, "by the default policy"


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


def writer(world: World, *rights: str, **more: Any) -> KvStore:
    """Open the store as a token that may do this with one path; by default, read the metadata."""
    wanted = [Permission(one) for one in (f"read secret/metadata/{world.path}", *rights)]
    name = f"writer-{world.name}"
    world.root.sys.create_or_update_policy(name, world.store.provider.policy(wanted))
    token = world.make(policies=[name], **more)["client_token"]
    return KvStore(opened(world.url, token=token), "secret", "vault:secret")


def absent(world: World) -> None:
    pass


def empty(world: World) -> None:
    world.write(f"secret/metadata/{world.path}", custom_metadata={"owner": "exporter"})


def alive(world: World) -> None:
    world.write(f"secret/data/{world.path}", data={"value": "old"})


def deleted(world: World) -> None:
    alive(world)
    world.root.delete(f"secret/data/{world.path}")


def destroyed(world: World) -> None:
    alive(world)
    world.write(f"secret/destroy/{world.path}", versions=[1])


@pytest.mark.parametrize(
    ("before", "verb"),
    [(absent, "create"), (empty, "update"), (alive, "patch"), (deleted, "update"),
     (destroyed, "update")],
)  # fmt: skip
def test_it_is_ready_where_writing_succeeds_and_nowhere_else(
    world: World, before: Callable[[World], None], verb: str
) -> None:
    before(world)
    rights = {f"{one} secret/data/{world.path}" for one in ("create", "update", "patch")}
    needed, mark = f"{verb} secret/data/{world.path}", f"patch secret/metadata/{world.path}"
    lacks = writer(world, mark, *rights - {needed})
    assert lacks.unready(world.path) == f"{needed} is missing"
    with pytest.raises(Denied):
        lacks.write(world.path, Secret("new"), "m1")
    neither = writer(world)
    assert neither.unready(world.path) == f"{needed}, {mark} is missing"
    unmarked = writer(world, *rights)
    assert unmarked.unready(world.path) == f"{mark} is missing"
    holds = writer(world, mark, needed)
    assert holds.unready(f"{world.path}#value") is None
    holds.write(world.path, Secret("new"), "m1")
    assert world.stored() == {"value": "new"}


def test_a_place_that_may_not_be_read_or_is_none_is_not_ready(world: World) -> None:
    store = writer(world)
    assert f"denies read secret/metadata/{world.path}-x" in str(store.unready(f"{world.path}-x"))
    assert "no path" in str(store.unready("../sys"))


def test_whoever_may_not_ask_what_he_may_is_told_that_it_is_unknown(world: World) -> None:
    rights = [f"create secret/data/{world.path}", f"patch secret/metadata/{world.path}"]
    silent = writer(world, *rights, no_default_policy=True)
    told = str(silent.unready(world.path))
    assert told.startswith("whether it may be written there cannot be told")
    assert "update sys/capabilities-self" in told
    needed = world.store.provider.policy(world.store.permissions)
    world.root.sys.create_or_update_policy(f"whole-{world.name}", needed)
    token = world.make(policies=[f"whole-{world.name}"], no_default_policy=True)["client_token"]
    store = KvStore(opened(world.url, token=token), "secret", "vault:secret")
    assert store.unready(world.path) is None, "what rekey asks for is all that it needs"
    store.write(world.path, Secret("new"), "m1")


def test_an_answer_that_leaves_a_path_out_makes_it_unknown_and_not_missing(world: World) -> None:
    said = {"request_id": "1", "data": {f"secret/metadata/{world.path}": ["patch"]}}
    with FaultProxy(world.url) as proxy:
        proxy.plan(Lie(body=json.dumps(said).encode()), at=lambda one: "capab" in one.path)
        store = KvStore(opened(proxy.url, token=ROOT_TOKEN), "secret", "vault:secret")
        told = f"whether we hold create secret/data/{world.path} cannot be told"
        assert store.unready(world.path) == told
        assert store.unready(world.path) is None


def test_without_the_right_to_write_no_secret_id_is_drawn(
    world: World, incident: Callable[..., Incident]
) -> None:
    right, mark = f"create secret/data/{world.path}", f"patch secret/metadata/{world.path}"
    store = writer(world, right, mark)
    one = incident(
        world.login(), "vault_approle", store=store, destination=world.path, clock=Hasty(0.005)
    )
    plan = one.plan("rotate")
    assert "1-issue_secret_id" in {step.id for step in plan.steps}
    writer(world, mark)  # which takes the right away
    known = world.keys(f"auth/approle/role/{world.name}/secret-id")
    done = one.run(plan)
    assert done.steps["1-issue_secret_id"].status is Status.FAILED
    assert f"{right} is missing" in done.steps["1-issue_secret_id"].reason
    assert world.keys(f"auth/approle/role/{world.name}/secret-id") == known
    assert world.login()["client_token"], "and the old one goes on working"
    (left,) = [out.why for out in one.plan("rotate").left_out if out.step == "1-issue_secret_id"]
    assert f"cannot take it: {right} is missing" in left
