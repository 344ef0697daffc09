"""The responder lacks one right, which the server really takes away: no run says more than is true.

Only ``make sweep`` takes rights away, each of them.
"""

from collections.abc import Callable

import pytest

from rekey.containment.action_spec import Permission
from tests.sweeps.aws import scenes as aws
from tests.sweeps.bench import Bench, in_full_sweeps, side_by_side
from tests.sweeps.ending import over
from tests.sweeps.ground import Scene
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.vault import scenes as vault

SCENES = [aws.KEY, aws.ROLE, vault.APPROLE, vault.MADE, kubernetes.UNBOUND, kubernetes.ROTATED]


@in_full_sweeps
@pytest.mark.parametrize("scene", SCENES, ids=str)
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

    rights = sorted(whole, key=lambda one: (one.name, one.resource))
    number = side_by_side(lacks, rights, open_bench(scene.provider).ground.lanes)
    print(f"{number} rights taken away: {scene}")  # noqa: T201
