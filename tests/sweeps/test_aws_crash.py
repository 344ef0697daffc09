"""Signal 9 at every point of a run on a server that enforces: nothing twice, nothing half done.

``REKEY_SWEEP=all`` dies before and after every single call and entry as well, see
:func:`tests.sweeps.aws_bench.points`.
"""

from collections.abc import Callable
from typing import Final

import pytest

from rekey.containment.order import Order
from rekey.journal.verify import verify_journal
from tests.faults.faults import Kill
from tests.sweeps.aws_bench import Bench, Point, points
from tests.sweeps.aws_desk import Desk
from tests.sweeps.aws_truth import World, world
from tests.sweeps.children import Ended

DUE: Final = 7.5 * 24 * 3600
"""Seconds until the grace time of the playbooks is over, and the time to use it is not."""

Work = Callable[..., Ended]


def whole_run(desk: Desk, dies_at: int | None = None) -> Ended:
    return desk.run(dies_at=dies_at)


def deletion(desk: Desk, dies_at: int | None = None) -> Ended:
    return desk.resume(dies_at=dies_at, ahead=DUE)


def undoing(desk: Desk, dies_at: int | None = None) -> Ended:
    return desk.undo(dies_at=dies_at)


def swept(
    bench: Bench, work: Work, order: Order, check: Callable[[Desk, World, str], None], *,
    begun: bool = False, with_role: bool = False, go_on: Work | None = None,
) -> int:  # fmt: skip
    """Let a piece of work die at each of its points, go on, and check; give their number.

    Args:
        bench: where.
        work: what dies.
        order: of the plan.
        check: given the incident, the world that was not disturbed, and the point.
        begun: whether the plan was carried out before.
        with_role: whether the playbook of role sessions is swept.
        go_on: what comes after the death; the same again if nothing is said.
    """

    def prepared(desk: Desk, point: Point | None = None) -> Desk:
        if begun:
            desk.workload_follows_the_store()
            assert desk.run().code == 0
            bench.proxy.reset()
        if point is not None and point.entry is None:
            bench.proxy.plan(Kill(bench.children.pid, point.when), at=point.request)
        desk.workload_follows_the_store()
        return desk

    (first,) = bench.victims(1, with_role=with_role)
    whole = prepared(bench.desk(first, order))
    undisturbed = work(whole)
    assert undisturbed.code == 0, undisturbed.said
    found, aim = points(undisturbed, whole), world(bench.ground, first)
    for point, victim in zip(found, bench.victims(len(found), with_role=with_role), strict=True):
        desk = prepared(bench.desk(victim, order), point)
        died = work(desk, dies_at=point.entry)
        assert died.killed, f"{point.name}: {died.said}"
        desk.workload_restarts()
        ended = (go_on or work)(desk)
        assert ended.code == 0, f"{point.name}: {ended.said}"
        check(desk, aim, point.name)
        assert verify_journal(desk.folder / "rekey.journal").status == "open_end", point.name
    return len(found)


def contained(desk: Desk, aim: World, where: str) -> None:
    """The end is the undisturbed one, and each effect happened once."""
    assert world(desk.ground, desk.victim) == aim, where
    assert (aim.session, aim.stored, aim.successors) == (False, True, 1)
    for name in ("UpdateAccessKey", "PutUserPolicy", "PutSecretValue"):
        assert desk.done(name) == 1, (where, name)
    orphans = desk.done("CreateAccessKey") - 1
    assert orphans == desk.done("DeleteAccessKey") <= 1, where
    removed = [one.payload["removed"] for one in desk.journal() if one.kind == "applied"]
    assert sum(map(len, removed)) == orphans, f"{where}: an orphan went unrecorded"


@pytest.mark.parametrize("order", ["contain", "rotate"])
def test_a_run_about_a_key(order: Order, bench: Bench) -> None:
    number = swept(bench, whole_run, order, contained)
    assert number > 40
    print(f"{number} points of {order} swept")  # noqa: T201


def test_a_run_about_the_sessions_of_a_role(bench: Bench) -> None:
    def cut(desk: Desk, aim: World, where: str) -> None:
        assert world(desk.ground, desk.victim) == aim, where
        assert (aim.session, aim.trust) == (False, 2)
        for name in ("UpdateAssumeRolePolicy", "PutRolePolicy"):
            assert desk.done(name) == 1, (where, name)

    number = swept(bench, whole_run, "contain", cut, with_role=True)
    assert number > 25
    print(f"{number} points of a role's containment swept")  # noqa: T201


def test_the_deletion_when_it_is_due(bench: Bench) -> None:
    def deleted(desk: Desk, aim: World, where: str) -> None:
        assert world(desk.ground, desk.victim) == aim, where
        assert (aim.old, aim.successors, aim.stored) == ("gone", 1, True)
        assert desk.done("DeleteAccessKey") == 1, where

    print(f"{swept(bench, deletion, 'contain', deleted, begun=True)} points of a deletion swept")  # noqa: T201


def test_an_undoing(bench: Bench) -> None:
    def undone(desk: Desk, aim: World, where: str) -> None:
        assert world(desk.ground, desk.victim) == aim, where
        assert (aim.old, aim.successors, aim.session) == ("accepted", 0, True)
        assert [name for name, _ in aim.policies] == ["own"]
        for name in ("UpdateAccessKey", "DeleteUserPolicy", "DeleteAccessKey"):
            assert desk.done(name) == 1, (where, name)

    print(f"{swept(bench, undoing, 'contain', undone, begun=True)} points of an undoing swept")  # noqa: T201
