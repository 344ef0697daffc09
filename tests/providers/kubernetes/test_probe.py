"""Presenting a token proves something only once each server has forgotten that it was good."""

import time

import pytest

from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import path_of
from rekey.providers.kubernetes.probe import TokenProbe
from tests.engines import kubernetes as server
from tests.providers.kubernetes.world import CACHE_SECONDS, World


def test_a_token_that_was_just_used_lives_on_in_the_cache_and_one_that_was_not_dies_at_once(
    world: World,
) -> None:
    """The pitfall itself, with the server's real bound: a check made too early proves nothing."""
    anchor = world.secret("anchor")
    used, unused = (world.token(anchor, "Secret") for _ in range(2))
    assert world.code(used) == 201
    world.admin.delete(path_of("secrets", world.namespace, "anchor"), anchor["metadata"]["uid"])
    gone = time.monotonic()
    time.sleep(0.5)  # the server hears of its own deletion by a watch
    assert world.code(unused) == 401
    assert world.code(used) == 201, "its success is remembered"
    while world.code(used) == 201:
        assert time.monotonic() - gone < CACHE_SECONDS + 2
        time.sleep(0.2)
    assert time.monotonic() - gone > CACHE_SECONDS - 3
    assert all(world.code(used) == 401 for _ in range(3))


def test_each_server_has_a_cache_of_its_own_so_that_all_of_them_are_asked(
    world: World, request: pytest.FixtureRequest
) -> None:
    other = server.second(request.config)
    anchor = world.secret("anchor")
    token = world.token(anchor, "Secret")
    assert world.code(token) == 201, "used at the first server alone"
    world.admin.delete(path_of("secrets", world.namespace, "anchor"), anchor["metadata"]["uid"])
    time.sleep(1)
    checks = TokenProbe(world.admin, Secret(token), [other, world.server.url]).present()
    held = {one.endpoint: one.holds for one in checks if "SelfSubject" in one.question}
    assert held == {other: True, world.server.url: False}
    both = world.connected(endpoints=(world.server.url, other))
    assert both.connection().endpoints == (world.server.url, other)


def test_a_token_for_another_audience_is_reviewed_for_that_one(world: World) -> None:
    anchor = world.secret("anchor")
    token = world.token(anchor, "Secret", audiences=["vault"])
    probe = TokenProbe(world.admin, Secret(token), [world.server.url])
    assert [one.holds for one in probe.present()] == [False], "presenting it proves nothing"
    world.admin.delete(path_of("secrets", world.namespace, "anchor"), anchor["metadata"]["uid"])
    deadline = time.monotonic() + CACHE_SECONDS + 2
    while not probe.present()[0].holds and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [one.holds for one in probe.present()] == [True]
