"""The responder lacks one right, which the server really takes away: no run says more than is true.

``make sweep`` takes away every right; usually a part of them is taken, another one in each scene and
round: see :func:`tests.sweeps.bench.some`.
"""

import re
from collections.abc import Callable
from typing import Final

import pytest

from rekey.containment.interface import Permission
from tests.sweeps.aws import scenes as aws
from tests.sweeps.bench import Bench, side_by_side, some
from tests.sweeps.ending import over
from tests.sweeps.ground import Scene
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.vault import scenes as vault

SCENES = [aws.KEY, aws.ROLE, vault.APPROLE, vault.MADE, kubernetes.UNBOUND, kubernetes.ROTATED]

_READS: Final = re.compile(r"get |list |read |\w+:(Get|List|Describe|Lookup|Simulate)")


def taken(held: frozenset[Permission], scene: Scene) -> list[Permission]:
    """Choose the rights that are taken away, one at a time."""
    found = sorted(held, key=lambda one: (one.name, one.resource))
    reads = [one for one in found if _READS.match(one.name)]
    writes = [one for one in found if one not in reads]
    return [*some(writes, 4, str(scene)), *some(reads, 12, str(scene))]


@pytest.mark.parametrize("scene", some(SCENES, 5, "rights"), ids=str)
def test_a_right_is_missing(scene: Scene, open_bench: Callable[[str], Bench]) -> None:
    whole = open_bench(scene.provider).ground.permissions()

    def lacks(right: Permission) -> None:
        bench = open_bench(scene.provider)  # with a responder of its own
        with bench.incident(scene.victim, scene.order) as desk:
            bench.ground.grant(bench.ground.permissions() - {right})
            ended = desk.run()
            where = f"without {right.name} on {right.resource}: {ended.said}"
            assert ended.code in (scene.code("run"), 5, 6), where
            assert desk.lies() == [], where
            bench.ground.grant(bench.ground.permissions())
            desk.begin()
            desk.victim.restarts()
            again = desk.resume()
            assert again.code == scene.code("run"), where + again.said
            over(desk, scene, where, disturbed=True)
            desk.victim.leaves()

    rights = taken(whole, scene)
    number = side_by_side(lacks, rights, open_bench(scene.provider).ground.lanes)
    print(f"{number} rights taken away: {scene}")  # noqa: T201
