"""Signal 9 at every point of a run on a server that enforces: nothing twice, nothing half done.

``make sweep`` dies before and after every single call and entry, see
:func:`tests.sweeps.bench.points`; usually a run dies at every third point that tells. Scenes with
many points are done in parts, which workers share.
"""

from collections.abc import Callable, Sequence
from typing import Final

import pytest

from tests.rounds import ALL, some
from tests.sweeps.aws import scenes as aws
from tests.sweeps.bench import Bench, Point, cases, points, side_by_side
from tests.sweeps.ending import begun, over
from tests.sweeps.ground import Scene, Victim
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.vault import scenes as vault

SCENES = [*aws.SCENES, *vault.SCENES, *kubernetes.SCENES]


PARTS: Final = {"aws-key-contain-run": 5, "aws-key-rotate-run": 3, "aws-role-contain-run": 2,
                "aws-key-contain-deletion": 2} if ALL else {}  # fmt: skip
_SHARE: Final = 3
"""Of how many points a run dies at one."""
PAIRS: Final = [
    (scene, part) for scene in SCENES for part in range(1, 1 + PARTS.get(str(scene), 1))
]


@pytest.mark.parametrize("pairs", cases(PAIRS))
def test_every_point(
    pairs: Sequence[tuple[Scene, int]], open_bench: Callable[[str], Bench]
) -> None:
    side_by_side(lambda pair: sweep(*pair, open_bench(pair[0].provider)), pairs, len(pairs))


def sweep(scene: Scene, part: int, bench: Bench) -> None:
    """Die at each point of a part, with a victim of its own."""
    with bench.incident(scene.victim, scene.order) as whole:
        begun(whole, scene)
        undisturbed = whole.works(scene.work)
        assert undisturbed.code == scene.code(scene.work), undisturbed.said
        over(whole, scene, "undisturbed")
        found = points(undisturbed, whole)
    least = sum(scene.effects.values()) if scene.work == "run" else 2
    # Where nothing can be taken back, an undoing changes nothing at which it could die.
    assert len(found) >= least or scene.says == "undone in part"

    def dies(point: Point, victim: Victim) -> None:
        with bench.desk(victim, scene.order) as desk:
            begun(desk, scene)
            died = desk.works(scene.work, dies_at=point.strikes(desk))
            assert died.killed, f"{point}: {died.said}"
            victim.restarts()
            ended = desk.works(scene.work)
            assert ended.code == scene.code(scene.work), f"{point}: {ended.said}"
            over(desk, scene, str(point))

    own = some(found, _SHARE, str(scene))[part - 1 :: PARTS.get(str(scene), 1)]
    print(f"{bench.each(dies, own, scene.victim)} points swept: {scene}")  # noqa: T201
