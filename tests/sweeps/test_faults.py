"""Each call fails in each way, and no run says more than is true; when it is over, all ends well.

``REKEY_SWEEP=all`` leaves out no call, and waits for clients that lose patience; usually every third
of the calls that read fails.
"""

from collections.abc import Callable
from typing import Final

import pytest

from tests.faults.faults import Fault, Hang, Lost, Refuse, Stale, Worded
from tests.sweeps.aws import scenes as aws
from tests.sweeps.bench import ALL, Bench, Spot, named, spots
from tests.sweeps.children import Ended
from tests.sweeps.desk import Desk
from tests.sweeps.ending import over
from tests.sweeps.ground import Ground, Scene, Victim
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.vault import scenes as vault

SCENES = [aws.KEY, vault.APPROLE, vault.MADE, kubernetes.UNBOUND, kubernetes.ROTATED]

_PAGE: Final = b"<html><body>Welcome to the guest network</body></html>"


def refused(why: str, *, done: bool = False) -> Callable[[Ground], Fault]:
    return lambda ground: Worded(lambda request: ground.refusal(why, request), done)


BOTH: Final[dict[str, Callable[[Ground], Fault]]] = {
    "throttled": refused("throttled"),
    "unavailable": refused("unavailable"),
    "an answer that is lost": lambda ground: Hang(),
    "an answer that is somebody else's": lambda ground: Refuse(
        200, _PAGE, (("Content-Type", "text/html"),)
    ),
    "an answer that lacks everything": lambda ground: Refuse(200),
}
"""Faults of any call."""

CHANGES: Final[dict[str, Callable[[Ground], Fault]]] = BOTH | {
    "a request that is lost": lambda ground: Lost(),
    "an error after the deed": refused("failed", done=True),
    "success, and nothing was done": lambda ground: Worded(lambda request: ground.success(request)),
    "reads that lag behind": lambda ground: Stale(3),
    **({"an answer that comes too late": lambda ground: Hang(30)} if ALL else {}),
}
"""Faults of a call that changes something."""

FOR_GOOD: Final = ("throttled", "an error after the deed", "success, and nothing was done")
"""Those that are tried as well until the run gives up."""


def failing(found: list[Spot], fault: str) -> list[Spot]:
    """Choose the calls at which a fault happens."""
    changes = [one for one in found if not one.reads]
    reads = [one for one in found if one.reads] if fault in BOTH else []
    return [*changes, *(reads if ALL else reads[list(BOTH).index(fault) % 3 :: 3] if reads else [])]


def ends_well(desk: Desk, scene: Scene, ended: Ended, where: str) -> None:
    """What was said is true, and when the fault is over the run comes to its end."""
    assert ended.code in (scene.code("run"), 6), f"{where}: {ended.said}"
    assert desk.lies() == [], f"{where}: {ended.said}"
    desk.begin()
    desk.victim.restarts()
    again = desk.resume()
    assert again.code == scene.code("run"), f"{where}: {ended.said}{again.said}"
    over(desk, scene, where, disturbed=True)


@pytest.mark.parametrize("fault", CHANGES)
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_each_call_fails_once(scene: Scene, fault: str, open_bench: Callable[[str], Bench]) -> None:
    bench = open_bench(scene.provider)
    with bench.incident(scene.victim, scene.order) as whole:
        assert whole.run().code == scene.code("run")
        found = failing(list(spots(whole)), fault)

    def fails(spot: Spot, victim: Victim) -> None:
        with bench.desk(victim, scene.order) as desk:
            desk.proxy.plan(CHANGES[fault](bench.ground), at=spot.where(bench.ground))
            ends_well(desk, scene, desk.run(), f"{fault}: {spot}")

    print(f"{bench.each(fails, found, scene.victim)} calls failed: {scene}, {fault}")  # noqa: T201


@pytest.mark.parametrize("fault", FOR_GOOD)
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_each_change_fails_until_it_is_given_up(
    scene: Scene, fault: str, open_bench: Callable[[str], Bench]
) -> None:
    bench = open_bench(scene.provider)
    with bench.incident(scene.victim, scene.order) as whole:
        assert whole.run().code == scene.code("run")
        found = [one.name for one in spots(whole) if not one.reads and bench.ground.tells(one.name)]

    def fails(name: str, victim: Victim) -> None:
        with bench.desk(victim, scene.order) as desk:
            desk.proxy.plan(CHANGES[fault](bench.ground), at=named(bench.ground, name), times=None)
            ended = desk.run()
            if fault != "an error after the deed":
                assert ended.code == 6, f"{name} never happens: {ended.said}"
            ends_well(desk, scene, ended, f"{fault} for good: {name}")

    names = list(dict.fromkeys(found))
    number = bench.each(fails, names, scene.victim)
    print(f"{number} changes failed for good: {scene}, {fault}")  # noqa: T201
