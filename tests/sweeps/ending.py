"""What has to be so when a scene is over, whatever happened on the way."""

from rekey.journal.verify import verify_journal
from tests.sweeps.desk import Desk
from tests.sweeps.ground import Scene


def begun(desk: Desk, scene: Scene) -> None:
    """Come to where the work of a scene begins."""
    if scene.work != "run":
        ended = desk.run()
        assert ended.code == scene.code("run"), ended.said
        desk.begin()


def over(desk: Desk, scene: Scene, where: str, *, disturbed: bool = False) -> None:
    """The end is the same everywhere, and the server did each thing once.

    Where it was ``disturbed``, a successor may have been made several times, as long as the journal
    names each that was given up, and be stored in vain where it was only said to be made.
    """
    orphans = desk.orphans()
    seen = desk.world(scene.end)
    assert seen == scene.end, f"{where}: {seen}"
    done, expected = dict(desk.effects()), scene.expected(orphans)
    assert desk.progress().outcome == scene.says, where
    told = f"{where}: {done}, and expected {expected}"
    if disturbed:
        making, loose = (scene.makes, scene.unmakes), (scene.makes, scene.unmakes, scene.stores)
        assert all(done.get(name, 0) <= expected.get(name, 0) for name in making if name), told
        expected = {name: number for name, number in expected.items() if name not in loose}
        done = {name: done.get(name, 0) for name in expected}
    assert done == expected, told
    assert orphans <= 1 or disturbed, where
    assert verify_journal(desk.folder / "rekey.journal").status == "open_end", where
