"""An account that was made anew is another, and its old tokens stay dead."""

import time
from datetime import UTC, datetime

import pytest

from rekey.containment.errors import Gone, Refused
from tests.providers.kubernetes.world import World, call


def test_a_recreated_account_does_not_revive_its_old_tokens(world: World) -> None:
    token = world.token()
    target = world.provider.locate(world.wanted(token))
    recreate = world.action("recreate_service_account")
    before = recreate.observe(call(target))
    applied = recreate.apply(call(target, before=before))
    time.sleep(0.5)
    assert world.code(token) == 401
    assert applied.facts["uid"] != target.facts["uid"]
    assert world.code(world.token()) == 201
    seen = recreate.observe(call(target, before=before, intended_at=datetime.now(UTC)))
    assert (seen.effect, seen.ours, seen.facts) == ("present", True, applied.facts)


def test_an_account_that_was_made_anew_is_another(world: World) -> None:
    target = world.provider.locate(world.wanted(world.token()))
    assert world.provider.resolve(target.kind, target.id, target.given) == target
    found = world.admin.read(world.account.path)
    assert found
    world.admin.delete(world.account.path, found["metadata"]["uid"])
    world.make("serviceaccounts", {"metadata": {"name": "exporter"}})
    with pytest.raises(Gone, match="is gone"):
        world.provider.resolve(target.kind, target.id, target.given)


def test_an_account_that_a_crash_left_deleted_is_made_again_as_it_was(world: World) -> None:
    labels = {"metadata": {"labels": {"team": "export"}}}
    world.admin.patch(world.account.path, labels)
    target = world.provider.locate(world.wanted(world.token()))
    recreate = world.action("recreate_service_account")
    before = recreate.observe(call(target))
    world.admin.delete(world.account.path, str(target.facts["uid"]))
    asked = call(target, before=before, intended_at=datetime.now(UTC))
    assert recreate.observe(asked).effect == "partial"
    recreate.apply(asked)
    made = world.admin.read(world.account.path)
    assert made and made["metadata"]["labels"] == {"team": "export"}
    with pytest.raises(Refused, match="nobody knows"):
        world.admin.delete(world.account.path, made["metadata"]["uid"])
        recreate.apply(call(target))
