"""The world is another one than the responder's: clocks that differ, names that were given away."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from tests.faults.faults import Worded
from tests.sweeps.aws import scenes as aws
from tests.sweeps.aws.ground import AwsGround
from tests.sweeps.aws.victim import AwsVictim
from tests.sweeps.bench import Bench, in_full_sweeps, named
from tests.sweeps.ending import over
from tests.sweeps.ground import Scene
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.vault import scenes as vault

_ANOTHER: Final = ("identity guard: not as it was planned", "is gone", "cannot be found")
"""What stands under the name has another id, or what was planned about is not there."""

MINUTES_OFF: Final = 200
"""Seconds; by more than five minutes AWS would refuse the signatures."""


@in_full_sweeps
@pytest.mark.parametrize("ahead", [-MINUTES_OFF, MINUTES_OFF])
@pytest.mark.parametrize(
    "scene", [aws.KEY, aws.ROLE, vault.APPROLE, vault.ENTITY, kubernetes.UNBOUND], ids=str
)
def test_the_responders_clock_is_off(
    scene: Scene, ahead: int, open_bench: Callable[[str], Bench]
) -> None:
    """What the thief opened a moment ago is cut too, and what is opened later is not."""
    bench = open_bench(scene.provider)
    with bench.incident(scene.victim, scene.order, ahead=ahead) as desk:
        ended = desk.run()
        assert ended.code == scene.code("run"), ended.said
        assert desk.lies() == []
        over(desk, scene, f"{ahead} s ahead")
        if isinstance(desk.victim, AwsVictim) and not desk.victim.role:
            assert opens_sessions_again(desk.victim)


def opens_sessions_again(victim: AwsVictim) -> bool:
    """The cut is dated by whole seconds; after those, a session of the successor is free."""
    held = victim.current()
    assert held is not None
    for _ in range(20):
        if victim.accepted(victim.ground.steal(held)):
            return True
        time.sleep(0.5)
    return False


@pytest.mark.parametrize(
    "scene",
    [aws.KEY, aws.ROLE, vault.APPROLE, vault.LOGIN, kubernetes.BOUND, kubernetes.UNBOUND], ids=str,
)  # fmt: skip
def test_a_name_was_given_to_somebody_else_so_that_the_plan_is_void(
    scene: Scene, open_bench: Callable[[str], Bench]
) -> None:
    bench = open_bench(scene.provider)
    with bench.incident(scene.victim, scene.order) as desk:
        desk.victim.is_replaced()
        for ended in (desk.run(), desk.resume()):
            assert ended.code in (5, 6), ended.said
            assert any(why in ended.said for why in _ANOTHER), ended.said
            assert "verified\n" not in ended.said.partition("Step")[0]
        assert desk.effects() == {}


@pytest.mark.parametrize(
    ("scene", "call"), [(aws.KEY, "PutUserPolicy"), (aws.ROLE, "PutRolePolicy")], ids=str
)
def test_there_is_no_room_for_another_policy(
    scene: Scene, call: str, open_bench: Callable[[str], Bench]
) -> None:
    """Nor does it know how long the policies of one user or role may be together."""
    bench = open_bench("aws")
    with bench.incident(scene.victim, scene.order) as desk:
        full = Worded(lambda request: bench.ground.refusal("no room", request))
        desk.proxy.plan(full, at=named(bench.ground, call), times=None)
        ended = desk.run()
        assert ended.code == 6
        assert "LimitExceeded" in ended.said
        assert isinstance(desk.victim, AwsVictim)
        assert desk.victim.world().session, "nothing was cut, and nothing says so"
        assert set(desk.effects()) <= {"UpdateAccessKey", "UpdateAssumeRolePolicy"}
        desk.begin()
        again = desk.resume()
        assert again.code == 0, again.said
        over(desk, scene, "there is room again")


def test_there_is_no_place_for_another_key(open_bench: Callable[[str], Bench]) -> None:
    """The account does not know the limit of two, so that the proxy has to say it."""
    bench = open_bench("aws")
    assert isinstance(bench.ground, AwsGround)
    with bench.incident("key", "rotate") as desk:
        full = Worded(lambda request: bench.ground.refusal("full", request))
        desk.proxy.plan(full, at=named(bench.ground, "CreateAccessKey"), times=None)
        ended = desk.run()
        assert ended.code == 6
        assert "LimitExceeded" in ended.said
        assert isinstance(desk.victim, AwsVictim) and desk.victim.world().old == "accepted"
        assert desk.effects() == {}, "the service goes on with what it has"
        desk.begin()
        again = desk.resume()
        assert again.code == 0, again.said
        over(desk, aws.KEY_ROTATED, "there is a place again")
