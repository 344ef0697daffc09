"""A successor is made once, whatever a crash left of it, and somebody must be seen using it."""

import time

import pytest

from rekey.containment.errors import Refused, Unclear
from rekey.providers.kubernetes.client import path_of
from rekey.providers.kubernetes.issue_actions import CREDENTIAL
from tests.providers.kubernetes.world import CACHE_SECONDS, World, call


def test_what_a_crash_left_of_an_issue_is_ended_first(world: World) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    issue = world.action("issue_bound_token")
    asked = call(target, store=world.store, destination=f"{world.namespace}/delivered#token")
    name = "exporter-rekey-run-1-step"
    orphan = world.make("secrets", {"metadata": {"name": name,
                                    "annotations": {"rekey/marker": "rekey-run-1-step"}}})  # fmt: skip
    lost = world.token(orphan, "Secret")
    assert issue.observe(asked).effect == "partial"
    assert issue.clear(asked) == (name,)
    applied = issue.apply(asked)
    fresh = world.data("delivered")["token"]
    time.sleep(0.5)
    assert (world.code(lost), world.code(fresh)) == (401, 201)
    seen = issue.observe(asked)
    assert (seen.effect, seen.ours, seen.facts) == ("present", True, applied.facts)
    located = world.provider.locate(world.wanted(fresh))
    assert (located.kind, located.facts["name"]) == ("kubernetes_bound_token", name)
    with pytest.raises(Refused, match="keeps no earlier version"):
        issue.compensate(asked)
    assert world.code(fresh) == 201, "whoever reads the store goes on working"


def test_a_token_that_was_stored_and_has_to_be_made_again_is_stored_again(world: World) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    issue, name = world.action("issue_bound_token"), "exporter-rekey-run-1-step"
    asked = call(target, store=world.store, destination=f"{world.namespace}/delivered")
    issue.apply(asked)
    lost = world.data("delivered")["value"]
    unnamed = {"metadata": {"annotations": {CREDENTIAL: None}}}
    world.admin.patch(path_of("secrets", world.namespace, name), unnamed)
    assert issue.observe(asked).effect == "partial", "as a crash leaves it before the last call"
    issue.clear(asked)
    issue.apply(asked)
    fresh = world.data("delivered")["value"]
    assert world.code(fresh) == 201
    assert issue.observe(asked).effect == "present"
    deadline = time.monotonic() + CACHE_SECONDS + 2  # it was reviewed, and is remembered
    while world.code(lost) != 401 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert world.code(lost) == 401


def test_a_token_that_the_server_does_not_accept_is_not_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    issue = world.action("issue_bound_token")
    asked = call(target, store=world.store, destination=f"{world.namespace}/delivered")
    gone = world.secret("gone")
    dead = world.token(gone, "Secret")
    world.admin.delete(path_of("secrets", world.namespace, "gone"), gone["metadata"]["uid"])
    monkeypatch.setattr(issue, "_mint", lambda *_: {"token": dead})
    with pytest.raises(Unclear, match="does not accept") as raised:
        issue.apply(asked)
    assert raised.value.made == ("Secret exporter-rekey-run-1-step",)
    assert dead not in str(raised.value)
    assert world.admin.read(path_of("secrets", world.namespace, "delivered")) is None
    assert issue.observe(asked).effect == "partial", "whoever goes on ends it and makes another"


def test_without_an_audit_log_nobody_can_see_a_token_used(world: World) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    forecast = world.action("confirm_token_used").forecast(call(target))
    assert forecast.impossible and "audit_log" in forecast.impossible
