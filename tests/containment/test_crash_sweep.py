"""Kill -9 at every point of a run, then go on: nothing happens twice, nothing stays half done."""

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from rekey.containment.order import Order
from rekey.containment.plan import Plan
from rekey.journal.verify import verify_journal
from tests.containment.two_keys import OTHER, OTHER_PATH, plan_for_both
from tests.fakes.killer import DeadlyJournal, Killer, dies
from tests.fakes.people import People
from tests.fakes.stage import PATH, USER, Stage


def prepared(folder: Path, people: People, order: Order) -> Plan:
    """Set the stage and make the plan that every run of the sweep carries out."""
    stage = Stage(folder, people)
    plan = stage.plan(order)
    stage.journal.close()  # type: ignore[attr-defined]
    return plan


def run(folder: Path, people: People, plan: Plan, killer: Killer) -> Stage:
    stage = Stage(folder, people, killer.point, lambda one: DeadlyJournal(one, killer))
    stage.present_the_key()
    stage.run(plan, "bob")
    return stage


def points(folder: Path, people: People, plan: Plan) -> list[str]:
    killer = Killer()
    run(folder, people, plan, killer)
    return killer.names


@pytest.mark.parametrize("order", ["contain", "rotate"])
def test_every_point(order: Order, tmp_path: Path, people: People) -> None:
    plan = prepared(tmp_path / "start", people, order)
    shutil.copytree(tmp_path / "start", tmp_path / "whole")
    names = points(tmp_path / "whole", people, plan)
    assert len(names) > 60
    for at, name in enumerate(names):
        folder = tmp_path / f"at{at}"
        shutil.copytree(tmp_path / "start", folder)
        assert dies(partial(run, folder, people, plan, Killer(at))), name
        check_after(folder, people, plan, f"{order}, killed {name} (point {at})")
        shutil.rmtree(folder)


def check_after(folder: Path, people: People, plan: Plan, where: str) -> None:
    stage = Stage(folder, people)
    stage.present_the_key()
    final = stage.run(plan, "bob")
    assert final.outcome.endswith("verified"), (
        where,
        {k: v.reason for k, v in final.steps.items()},
    )
    # Exactly one new active key, whose secret is stored and works; no orphan is left.
    keys = stage.cloud.active_keys(USER)
    assert len(keys) == 1 and keys != [stage.stolen], where
    assert set(stage.cloud.state["keys"]) == {stage.stolen, *keys}, where
    stored = stage.cloud.state["store"][PATH][-1]["value"]
    assert stored.startswith(keys[0]) and stage.cloud.use(stored) == "OK", where
    assert stage.cloud.workloads_ok(PATH) == {"exporter": True}, where
    # The old one is dead, and nothing that has an effect was done twice.
    assert stage.cloud.use(stage.stolen_credential) == "Rejected", where
    assert stage.cloud.use(stage.session) == "Rejected", where
    for once in ("done update_key", "done put_cutoff", "done restart_workloads"):
        assert stage.cloud.calls(once) == 1, (where, once)
    orphans = stage.cloud.calls("done create_key") - 1
    assert orphans == stage.cloud.calls("done delete_key") <= 1, where
    removed = [e.payload["removed"] for e in stage.journal.entries(run=plan.run, kind="cleared")]
    assert sum(map(len, removed)) == orphans, f"{where}: an orphan went unrecorded"
    assert verify_journal(folder / "journal").status == "open_end", where
    stage.cloud.sleep(timedelta(days=8))
    assert stage.engine().resume(plan.run).outcome.endswith("verified")
    assert set(stage.cloud.state["keys"]) == set(keys), where


def test_points_while_two_keys_are_under_way(tmp_path: Path, people: People) -> None:
    stage = Stage(tmp_path / "start", people)
    plan = plan_for_both(stage)
    stage.journal.close()  # type: ignore[attr-defined]

    def both(folder: Path, killer: Killer) -> Stage:
        stage = Stage(folder, people, killer.point, lambda one: DeadlyJournal(one, killer))
        stage.present_the_key()
        stage.run(plan, "bob", "cem")
        return stage

    shutil.copytree(tmp_path / "start", tmp_path / "whole")
    killer = Killer()
    both(tmp_path / "whole", killer)
    begin = killer.names.index("before entry intent")
    # Every third point: over a run that meets both sides of an entry, and of a call.
    for at in range(begin, len(killer.names), 3):
        folder, where = tmp_path / f"at{at}", f"killed {killer.names[at]} (point {at})"
        shutil.copytree(tmp_path / "start", folder)
        assert dies(partial(both, folder, Killer(at))), where
        stage = both(folder, Killer())
        assert stage.engine().progress(plan.run).outcome == "contained and verified", where
        for user, path in ((USER, PATH), (OTHER, OTHER_PATH)):
            keys = stage.cloud.active_keys(user)
            assert len(keys) == 1, where
            assert stage.cloud.state["store"][path][-1]["value"].startswith(keys[0]), where
        for once in ("done update_key", "done put_cutoff", "done restart_workloads"):
            assert stage.cloud.calls(once) == 2, (where, once)
        assert stage.cloud.use(stage.stolen_credential) == "Rejected", where
        shutil.rmtree(folder)


def test_every_point_of_an_undoing(tmp_path: Path, people: People) -> None:
    plan = prepared(tmp_path / "start", people, "contain")
    run(tmp_path / "start", people, plan, Killer()).journal._journal.close()  # type: ignore[attr-defined]

    def undo(folder: Path, killer: Killer) -> Stage:
        stage = Stage(folder, people, killer.point, lambda one: DeadlyJournal(one, killer))
        stage.engine().undo(plan.run, "wrong workload", people.undo(plan, "ada"))
        return stage

    shutil.copytree(tmp_path / "start", tmp_path / "whole")
    killer = Killer()
    undo(tmp_path / "whole", killer)
    assert len(killer.names) > 15
    for at, name in enumerate(killer.names):
        folder = tmp_path / f"at{at}"
        shutil.copytree(tmp_path / "start", folder)
        assert dies(partial(undo, folder, Killer(at))), name
        stage = undo(folder, Killer())
        assert stage.engine().progress(plan.run).outcome == "undone", name
        assert stage.cloud.active_keys(USER) == [stage.stolen], name
        assert stage.cloud.get_cutoffs(USER) == {}, name
        shutil.rmtree(folder)
