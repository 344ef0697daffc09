"""An adversary acts between any two calls, and no run says more than is true."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from rekey.containment.errors import ProviderError
from tests.containment.truth import lies
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.people import People
from tests.fakes.stage import USER, Stage

LAST_LOOK = 6
"""Calls of the look back at the end: who we are and the state, for survey, key and cut."""


def mints(cloud: FakeCloud) -> None:
    cloud.mint_session(cloud.state["stolen_credential"])


def switches_the_key_on(cloud: FakeCloud) -> None:
    cloud.update_key(USER, cloud.state["stolen"], True)


def removes_the_cut(cloud: FakeCloud) -> None:
    for name in cloud.get_cutoffs(USER):
        cloud.delete_cutoff(USER, name)


def makes_a_key(cloud: FakeCloud) -> None:
    cloud.create_key(USER)


@pytest.mark.parametrize("acts", [mints, switches_the_key_on, removes_the_cut, makes_a_key])
def test_between_any_two_calls(
    acts: Callable[[FakeCloud], None], tmp_path: Path, people: People
) -> None:
    first = Stage(tmp_path / "start", people)
    plan = first.plan("contain")
    first.cloud.set(calls=[])
    shutil.copytree(tmp_path / "start", tmp_path / "whole")
    whole = Stage(tmp_path / "whole", people)
    whole.run(plan, "bob")
    calls = [call for call in whole.cloud.state["calls"] if not call.startswith("done")]
    for at in range(len(calls)):
        shutil.copytree(tmp_path / "start", tmp_path / f"at{at}")
        stage = Stage(tmp_path / f"at{at}", people)
        left = [at]

        def adversary(cloud: FakeCloud, operation: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                with suppress(ProviderError):  # he may come too late
                    acts(cloud)

        stage.cloud.adversary = adversary
        done = stage.run(plan, "bob")
        stage.cloud.adversary = None
        # What he does during the very last look is for the detections to find.
        if at < len(calls) - LAST_LOOK:
            assert lies(stage, done) == [], f"{acts.__name__} before call {at}, {calls[at]}"


def test_whoever_acts_again_and_again_keeps_the_run_from_its_end(stage: Stage) -> None:
    def adversary(cloud: FakeCloud, operation: str) -> None:
        switches_the_key_on(cloud)

    plan = stage.plan("contain")
    stage.cloud.adversary = adversary
    done = stage.run(plan, "bob")
    assert done.outcome == "incomplete"
    assert "1-issue" not in {e.step for e in stage.journal.entries(run=plan.run, kind="intent")}
