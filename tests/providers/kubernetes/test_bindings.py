"""Bindings are taken away and put back, and nobody else's with them."""

import time

import pytest

from rekey.containment.call import Observation
from rekey.containment.errors import Refused
from rekey.providers.kubernetes.account import bindings, naming
from rekey.providers.kubernetes.client import path_of
from tests.providers.kubernetes.world import RBAC, World, call


def test_without_its_binding_a_token_is_denied_and_still_authenticated(world: World) -> None:
    token = world.token()
    target = world.provider.locate(world.wanted(token))
    suspend = world.action("suspend_bindings")
    assert world.reads(token) == 200
    suspend.apply(call(target, before=suspend.observe(call(target))))
    assert suspend.observe(call(target)).effect == "present"
    deadline = time.monotonic() + 5
    while world.reads(token) != 403 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.reads(token) == 403
    assert world.code(token) == 201
    assert world.authenticated(token), "taking rights away revokes nothing"


def test_shared_bindings_lose_one_subject_and_get_it_back(world: World) -> None:
    other = {"kind": "User", "name": "ada", "apiGroup": RBAC}
    world.bind("shared", world.subject, other)
    target = world.provider.locate(world.wanted(world.token()))
    suspend, restore = world.action("suspend_bindings"), world.action("restore_bindings")
    applied = suspend.apply(call(target, before=suspend.observe(call(target))))
    left = world.admin.read(path_of(f"rolebindings.{RBAC}", world.namespace, "shared"))
    assert left and [one["name"] for one in left["subjects"]] == ["ada"]
    assert not naming(world.account, bindings(world.admin))
    with pytest.raises(Refused, match="no earlier step"):
        restore.apply(call(target))
    later = call(target, earlier={"1-suspend_rights": applied.facts})
    assert restore.observe(later).effect == "absent"
    restore.apply(later)
    restore.apply(later)
    assert restore.observe(later).effect == "present"
    assert len(naming(world.account, bindings(world.admin))) == 2
    assert suspend.observe(call(target)).effect == "present", "the same run put them back"
    assert suspend.observe(call(target, run="other")).effect == "absent"


def test_undoing_a_suspension_leaves_no_mark(world: World) -> None:
    target = world.provider.locate(world.wanted(world.token()))
    suspend = world.action("suspend_bindings")
    before: Observation = suspend.observe(call(target))
    suspend.apply(call(target, before=before))
    lost = suspend.observe(call(target, before=before))
    assert (lost.effect, lost.ours, lost.facts) == ("present", True, before.state)
    suspend.compensate(call(target, before=before))
    assert suspend.observe(call(target)).effect == "absent"


def test_rights_of_groups_are_said_and_not_touched(world: World) -> None:
    group = {"kind": "Group", "name": f"system:serviceaccounts:{world.namespace}", "apiGroup": RBAC}
    world.bind("everybody", group)
    target = world.provider.locate(world.wanted(world.token()))
    forecast = world.action("suspend_bindings").forecast(call(target))
    assert forecast.residual and "everybody" in forecast.residual
