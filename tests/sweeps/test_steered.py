"""The thief steers containment: he makes it spare him, or cut off those who work.

The rest of what he may try is in :mod:`tests.sweeps.test_adversary`.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import yaml

from rekey.containment.break_glass import NAMESPACE
from rekey.journal.ssh_signature import sign
from tests.fakes.people import People
from tests.sweeps.aws import scenes as aws
from tests.sweeps.bench import Bench
from tests.sweeps.desk import BOOK
from tests.sweeps.ending import over
from tests.sweeps.ground import Scene
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.vault import scenes as vault

SCENES: Final = [aws.KEY, vault.APPROLE, kubernetes.UNBOUND]
FLOODED: Final = [aws.KEY, vault.APPROLE]


def protect(file: Path, people: People, *names: str) -> None:
    """Write and sign a break-glass list."""
    entries = [
        {"match": f"*{name}*", "reason": "the last way in", "owner": "ops"} for name in names
    ]
    file.write_text(yaml.safe_dump({"version": 1, "protected": entries}))
    signature = sign(file.read_bytes(), people.key("cem"), NAMESPACE)
    file.with_name(f"{file.name}.sig").write_text(signature)


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_whoever_has_the_name_of_a_last_way_in_is_spared_loudly(
    scene: Scene, open_bench: Callable[[str], Bench]
) -> None:
    """A glob protects the thief's identity: nothing is done, and that is said, until people act."""
    bench = open_bench(scene.provider)
    (victim,) = bench.ground.victims(1, scene.victim)
    file = bench.folder / "break-glass.yml"
    protect(file, bench.people, victim.name)
    with bench.desk(victim, scene.order, more={"break_glass": str(file)}) as desk:
        assert not desk.plan.steps
        assert any("the last way in" in one.why for one in desk.plan.left_out), desk.plan.left_out
        ended = desk.run()
        assert ended.code == 5, ended.said
        assert "the plan holds no step" in ended.said
        assert desk.effects() == {}
    protect(file, bench.people, "another")
    anew = replace(bench, folder=bench.folder / "anew")
    with anew.desk(victim, scene.order, more={"break_glass": str(file)}) as desk:
        again = desk.run()
        assert again.code == scene.code("run"), again.said
        over(desk, scene, "after its name was taken off the list")


@pytest.mark.parametrize("scene", FLOODED, ids=str)
def test_a_flood_of_alerts_about_those_who_work_stops_at_the_cap(
    scene: Scene, open_bench: Callable[[str], Bench]
) -> None:
    """Tired people approve whatever is put before them; what is left over waits, untouched."""
    bench = open_bench(scene.provider)
    victims = list(bench.ground.victims(3, scene.victim))
    given = {"book": str(bench.folder / BOOK), "limits": {"effects_per_hour": 2}}
    with ExitStack() as stack:
        desks = [stack.enter_context(bench.desk(one, scene.order, **given)) for one in victims]
        ended = [desk.run() for desk in desks]
        begun = [one for desk in desks for one in desk.journal() if one.kind == "intent"]
        assert len(begun) == 2, "of all of them"
        assert [one.code for one in ended[1:]] == [5, 5], ended[1].said
        for desk, one in list(zip(desks, ended, strict=True))[1:]:
            assert "the cap is 2" in one.said
            assert desk.lies() == []
        assert desks[-1].effects() == {}
        assert desks[-1].victim.lies(), "the last of them still works with what it has"
