"""Secrets of a cluster as the place for successors."""

import pytest

from rekey.containment.errors import Refused
from rekey.containment.secret import Secret
from tests.providers.kubernetes.world import World


def test_the_store_keeps_other_keys_and_knows_its_marker(world: World) -> None:
    place = f"{world.namespace}/kept"
    world.secret("kept", stringData={"host": "db", "value": "old"})
    version = world.store.write(place, Secret("new"), "m1")
    assert world.data("kept") == {"host": "db", "value": "new"}
    assert world.store.find(place, "m1") == version
    assert world.store.write(place, Secret("newer"), "m1") == version, "once for a marker"
    assert world.store.find(place, "m2") is None
    world.store.write(f"{world.namespace}/fresh", Secret('{"a": "1", "b": "2"}'), "m2")
    assert world.data("fresh") == {"a": "1", "b": "2"}
    with pytest.raises(Refused):
        world.store.write("../kube-system/x", Secret("x"), "m3")
