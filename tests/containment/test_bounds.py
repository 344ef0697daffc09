"""A site may let proofs count sooner than is advised; then plan, guard, evidence and doctor say so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from rekey.containment.progress import Status
from rekey.containment.readiness import hasty
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.report.plan_screen import plan_screen
from tests.fakes.stage import Stage


def set_bound(stage: Stage, seconds: int, advised: int | None) -> None:
    """Set what a site's settings would: the same for all actions that wait for anything."""
    for action in stage.provider.offered:
        own: Any = action
        watched = own.spec.propagation
        if watched.bound:
            shorter = replace(
                watched, bound=timedelta(seconds=seconds),
                advised=timedelta(seconds=advised) if advised else None,
            )  # fmt: skip
            own.spec = replace(own.spec, propagation=shorter)


def said(stage: Stage) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(plan_screen(stage.plan("contain"), None, False))
    return captured.get()


def test_a_shortened_bound_stands_in_plan_evidence_and_doctor(stage: Stage) -> None:
    assert "advised" not in said(stage) and not hasty(stage.provider)
    set_bound(stage, 5, 60)
    assert "count early, as this site has set: 5 s instead of 60 s after an effect" in said(stage)
    assert "propagation_seconds is 5, and 60 are advised" in hasty(stage.provider)[0]
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    evidence = evidence_of(stage.journal, plan.run)
    (cut,) = [one for one in evidence.effects if one.step == "1-cut"]
    assert (cut.bound_seconds, cut.advised_seconds) == (5, 60)
    assert "60 s are advised" in page(evidence)


@pytest.mark.parametrize("seconds", [1, 90])
def test_another_bound_than_was_approved_voids_the_approval(seconds: int, stage: Stage) -> None:
    plan = stage.plan("contain")
    set_bound(stage, seconds, None)
    own = stage.run(plan, "bob").steps["1-disable"]
    assert own.status is Status.REFUSED
    assert f"count from {seconds} s on, and the plan says 5 s" in own.reason
