"""What `make bench-contain` measures can be planned: nobody sees it run for months."""

from pathlib import Path

import pytest

from benchmarks.contain.incidents import INCIDENTS
from tests.fakes.people import People


@pytest.mark.parametrize("what", INCIDENTS)
def test_the_incident_is_planned_whole(
    what: str, pytestconfig: pytest.Config, people: People, tmp_path: Path
) -> None:
    plan = INCIDENTS[what](pytestconfig, people, tmp_path / "run").plan()
    phases = {step.phase for step in plan.steps}
    assert "survey" in phases
    assert phases & {"close_mint", "cut"}
    assert [one.why for one in plan.left_out if one.exposure == "open"] == []
