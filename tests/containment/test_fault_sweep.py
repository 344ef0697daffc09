"""Every operation fails in every way, and no run says more than is true."""

import shutil
from pathlib import Path

import pytest

from rekey.containment.order import Order
from tests.containment.truth import lies
from tests.fakes.people import People
from tests.fakes.stage import Stage

WRITES = ("update_key", "put_cutoff", "create_key", "put_secret", "restart_workloads")
READS = ("list_keys", "get_cutoffs", "find_secret", "caller", "use")
MODES = ("lost", "timeout", "throttle", "lie", "deny")


@pytest.mark.parametrize("order", ["contain", "rotate"])
@pytest.mark.parametrize("mode", MODES)
def test_each_operation_fails_once(order: Order, mode: str, tmp_path: Path, people: People) -> None:
    first = Stage(tmp_path / "start", people)
    plan = first.plan(order)
    for operation in WRITES if mode == "lie" else (*WRITES, *READS):
        shutil.copytree(tmp_path / "start", tmp_path / operation)
        stage = Stage(tmp_path / operation, people)
        stage.present_the_key()
        stage.cloud.fault(operation, mode)
        done = stage.run(plan, "bob")
        assert lies(stage, done) == [], (operation, mode)
        # The fault is over: whoever goes on comes to the end.
        done = stage.engine().resume(plan.run)
        assert done.outcome.endswith("verified"), (
            operation,
            {k: v.reason for k, v in done.steps.items()},
        )
        assert lies(stage, done) == [], (operation, mode)


@pytest.mark.parametrize("operation", WRITES)
def test_an_answer_of_success_that_is_never_true_proves_nothing(
    operation: str, stage: Stage
) -> None:
    stage.cloud.fault(operation, "always lie")
    done = stage.run(stage.plan("contain"), "bob")
    assert done.outcome == "incomplete"


@pytest.mark.parametrize("operation", WRITES)
def test_a_call_that_is_always_lost_is_given_up(operation: str, stage: Stage) -> None:
    stage.cloud.fault(operation, *["timeout"] * 20)
    done = stage.run(stage.plan("contain"), "bob")
    assert done.outcome == "incomplete"
    assert stage.cloud.calls(operation) <= 6
