"""What has to be so when a scene is over, whatever happened on the way."""

from rekey.journal.verify import verify_journal
from tests.sweeps.desk import Desk
from tests.sweeps.ground import Scene


def begun(desk: Desk, scene: Scene) -> None:
    """Come to where the work of a scene begins."""
    if scene.work != "run":
        ended = desk.run()
        assert ended.code == 0, ended.said
        desk.begin()


def over(desk: Desk, scene: Scene, where: str, *, in_vain: bool = False) -> None:
    """The end is the same everywhere, and the server did each thing once.

    With ``in_vain`` it may have stored something that was never made.
    """
    orphans = desk.orphans()
    seen = desk.world(scene.end)
    assert seen == scene.end, f"{where}: {seen}"
    done, expected = dict(desk.effects()), scene.expected(orphans)
    if in_vain and scene.stores:
        assert done.pop(scene.stores) >= expected.pop(scene.stores), where
    assert done == expected, f"{where}: {done}, and expected {expected}"
    assert orphans <= 1, where
    assert verify_journal(desk.folder / "rekey.journal").status == "open_end", where
