"""Each call fails in each way, and no run says more than is true; when it is over, all ends well.

``make sweep`` leaves out no call, and waits for clients that lose patience. Usually each fault takes
a part of the calls, another one for each fault and round: see :func:`tests.rounds.some`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pytest

from tests.faults.faults import Fault, Hang, Lost, Refuse, Stale, Worded
from tests.rounds import ALL, some
from tests.sweeps.aws import scenes as aws
from tests.sweeps.bench import Bench, Spot, cases, named, side_by_side, spots
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

_CHANGES: Final = 3
_READS: Final = 12
"""Of how many calls that change something, and that read, one fails in each way."""

FOR_GOOD: Final = ("throttled", "an error after the deed", "success, and nothing was done")
"""Those that are tried as well until the run gives up."""


_CASES: Final = 5
"""Of how many pairs of a scene and a fault one is tried. It has no divisor in common with the shares of
calls, so that as many rounds as all of them multiplied leave nothing out."""


def chosen(faults: Iterable[str]) -> list[Any]:
    """Give the pairs of scenes and faults that are tried, as parameters."""
    return cases(some([(scene, fault) for scene in SCENES for fault in faults], _CASES, "pairs"))


_SEEN: Final[dict[str, list[Spot]]] = {}


def calls_of(scene: Scene, bench: Bench) -> list[Spot]:
    """Give the calls of a run that nothing disturbs; looked at once in each process."""
    if str(scene) not in _SEEN:
        with bench.incident(scene.victim, scene.order) as whole:
            assert whole.run().code == scene.code("run")
            _SEEN[str(scene)] = list(spots(whole))
    return _SEEN[str(scene)]


def failing(found: list[Spot], fault: str, scene: Scene) -> list[Spot]:
    """Choose the calls at which a fault happens."""
    name = f"{scene} {fault}"
    changes = some([one for one in found if not one.reads], _CHANGES, name)
    reads = [one for one in found if one.reads] if fault in BOTH else []
    return [*changes, *some(reads, _READS, name)]


def ends_well(desk: Desk, scene: Scene, ended: Ended, where: str) -> None:
    """What was said is true, and when the fault is over the run comes to its end."""
    assert ended.code in (scene.code("run"), 5, 6), f"{where}: {ended.said}"
    assert desk.lies() == [], f"{where}: {ended.said}"
    desk.begin()
    desk.victim.restarts()
    again = desk.resume()
    assert again.code == scene.code("run"), f"{where}: {ended.said}{again.said}"
    over(desk, scene, where, disturbed=True)


@pytest.mark.parametrize("pairs", chosen(CHANGES))
def test_each_call_fails_once(
    pairs: Sequence[tuple[Scene, str]], open_bench: Callable[[str], Bench]
) -> None:
    side_by_side(lambda pair: fail_once(*pair, open_bench(pair[0].provider)), pairs, len(pairs))


def fail_once(scene: Scene, fault: str, bench: Bench) -> None:
    """Let one call fail after the other, each with a victim of its own."""
    found = failing(calls_of(scene, bench), fault, scene)

    def fails(spot: Spot, victim: Victim) -> None:
        with bench.desk(victim, scene.order) as desk:
            desk.proxy.plan(CHANGES[fault](bench.ground), at=spot.where(bench.ground))
            ends_well(desk, scene, desk.run(), f"{fault}: {spot}")

    print(f"{bench.each(fails, found, scene.victim)} calls failed: {scene}, {fault}")  # noqa: T201


@pytest.mark.parametrize("pairs", chosen(FOR_GOOD))
def test_each_change_fails_until_it_is_given_up(
    pairs: Sequence[tuple[Scene, str]], open_bench: Callable[[str], Bench]
) -> None:
    side_by_side(lambda pair: fail_for_good(*pair, open_bench(pair[0].provider)), pairs, len(pairs))


def fail_for_good(scene: Scene, fault: str, bench: Bench) -> None:
    """Let all calls of a name fail, one name after the other, each with a victim of its own."""
    calls = [one for one in calls_of(scene, bench) if not one.reads]
    telling = list(dict.fromkeys(one.name for one in calls if bench.ground.tells(one.name)))

    def fails(name: str, victim: Victim) -> None:
        with bench.desk(victim, scene.order) as desk:
            desk.proxy.plan(CHANGES[fault](bench.ground), at=named(bench.ground, name), times=None)
            ended = desk.run()
            if fault != "an error after the deed":
                assert ended.code == 6, f"{name} never happens: {ended.said}"
            ends_well(desk, scene, ended, f"{fault} for good: {name}")

    names = some(telling, _CHANGES, f"{scene} {fault} for good")
    number = bench.each(fails, names, scene.victim)
    print(f"{number} changes failed for good: {scene}, {fault}")  # noqa: T201
