"""A token dies with the Pod or Secret that holds it, of which the right one is found and kept."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.errors import Ambiguous, NotFound
from rekey.containment.secret import Secret
from rekey.providers.kubernetes import cut_actions
from rekey.providers.kubernetes.client import path_of
from rekey.providers.kubernetes.probe import claims
from tests.providers.kubernetes.world import CACHE_SECONDS, World, call


def test_a_pod_is_recorded_without_its_secrets_and_its_token_dies_with_it(world: World) -> None:
    pod = world.pod()
    token = world.token(pod)
    target = world.provider.locate(world.wanted(token, "worker"))
    assert target.kind == "kubernetes_bound_token"
    record = world.action("record_token_holder").observe(call(target))
    assert record.effect == "present"
    assert record.state["images"] == {"main": "example.test/export:1"}
    assert "hunter2" not in str(record.state)
    delete = world.action("delete_bound_object")
    delete.apply(call(target))
    assert delete.verify(call(target))[0].holds
    time.sleep(0.5)
    assert world.code(token) == 401
    again = world.pod()
    assert delete.observe(call(target)).effect == "present", "another uid is another pod"
    delete.apply(call(target))
    assert world.admin.read(path_of("pods", world.namespace, "worker")) is not None
    late = replace(world.wanted(token, "worker"), issued_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(NotFound, match="younger"):
        world.provider.locate(late)
    assert again["metadata"]["uid"] != pod["metadata"]["uid"]


def test_a_token_as_pods_are_given_it_lives_a_year_unless_its_pod_goes(world: World) -> None:
    """What a kubelet asks for an hour is good for a year: waiting for its end contains nothing.

    https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/, under
    ``--service-account-extend-token-expiration``.
    """
    token = world.token(world.pod(), expirationSeconds=3607)
    said = claims(Secret(token))
    assert timedelta(seconds=said["exp"] - said["iat"]) > timedelta(days=360)
    target = world.provider.locate(world.wanted(token, "worker"))
    world.action("delete_bound_object").apply(call(target))
    time.sleep(0.5)
    assert world.code(token) == 401


def test_a_legacy_token_dies_with_its_secret_and_is_its_own_probe(world: World) -> None:
    token = world.legacy()
    target = world.provider.locate(world.wanted(token))
    assert target.kind == "kubernetes_legacy_token"
    delete = world.action("delete_legacy_secret")
    probe = delete.probe(call(target))
    assert probe.grade is Grade.A
    assert [one.holds for one in probe.present()] == [False, False]
    delete.apply(call(target))
    deadline = time.monotonic() + CACHE_SECONDS + 2
    while not all(one.holds for one in probe.present()) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [one.holds for one in probe.present()] == [True, True]
    assert world.code(token) == 401


def test_of_several_token_secrets_a_person_must_choose(world: World) -> None:
    token = world.legacy("one")
    world.legacy("two")
    with pytest.raises(Ambiguous, match="one, two"):
        world.provider.locate(world.wanted(token))
    chosen = replace(world.wanted(token), id=f"{world.namespace}/two")
    assert world.provider.locate(chosen).facts["name"] == "two"


def test_a_pod_whose_node_is_silent_counts_as_dead_once_its_leeway_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = world.pod()
    path = path_of("pods", world.namespace, "worker")
    target = world.provider.locate(world.wanted(world.token(pod), "worker"))
    # A finalizer keeps it in the lists, as a node does that never says that it ended.
    world.admin.patch(path, {"metadata": {"finalizers": ["example.test/kept"]}})
    delete = world.action("delete_bound_object")
    delete.apply(call(target))
    assert delete.observe(call(target)).effect == "absent"
    monkeypatch.setattr(cut_actions, "LEEWAY", timedelta(seconds=-5))
    assert delete.observe(call(target)).effect == "present"
    world.admin.patch(path, {"metadata": {"finalizers": None}})


def test_what_a_pod_was_is_kept_without_the_values_of_its_variables(world: World) -> None:
    target = world.provider.locate(world.wanted(world.token(world.pod()), "worker"))
    files = world.action("record_token_holder").collect(call(target))
    kept = json.loads(files["pod.json"])
    (container,) = kept["spec"]["containers"]
    assert (container["image"], container["env"][0]["name"]) == (
        "example.test/export:1",
        "PASSWORD",
    )
    assert b"hunter2" not in files["pod.json"]
