"""What stays usable although every step of a plan is proven: left out, mint open, or until it expires.

The plan says it before anybody approves, and the outcome of a run never says less.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.plan import Plan, PlannedStep


@dataclass(frozen=True)
class Exposure:
    """Something that a thief can go on using.

    Attributes:
        kind: ``left out``: nobody ends it. ``mint open``: what was cut can be opened anew.
            ``residual``: it cannot be ended before ``until``.
        what: id of it; ``why`` in words.
        until: when it ends; ``None``: nobody knows.
        endless: it does not end by itself.
    """

    kind: Literal["left out", "mint open", "residual"]
    what: str
    why: str
    until: datetime | None = None
    endless: bool = False

    @property
    def ends(self) -> bool:
        """Whether waiting is all that is left to do."""
        return self.kind == "residual"


def exposures(plan: Plan, proven: Callable[[str], bool] = lambda step: True) -> list[Exposure]:
    """Give all that stays usable, what needs somebody first.

    Args:
        plan: the plan.
        proven: whether a step is proven; while planning all of them are to be.
    """
    return [*_left_out(plan), *_open_mints(plan, proven), *_residuals(plan)]


def _left_out(plan: Plan) -> Iterator[Exposure]:
    for one in plan.left_out:
        if one.exposure == "open":
            yield Exposure("left out", one.what, one.why)


def _open_mints(plan: Plan, proven: Callable[[str], bool]) -> Iterator[Exposure]:
    seen: set[tuple[str, str]] = set()
    for cut in plan.steps:
        if cut.phase is not Phase.CUT or (cut.target.kind, cut.target.id) in seen:
            continue
        closing = [one for one in plan.steps if _closes(one, cut)]
        ways = [one.mint_open for one in (*closing, cut) if one.mint_open]
        closed = any(proven(one.id) and one.grade is not Grade.D for one in closing)
        # A rotation replaces a credential, and does not say that nobody can open another.
        if not ways and (closed or plan.order == "rotate"):
            continue
        seen.add((cut.target.kind, cut.target.id))
        nothing = "nothing in this plan closes the way by which it was opened"
        yield Exposure("mint open", cut.target.id, "; ".join(dict.fromkeys(ways)) or nothing)


def _closes(step: PlannedStep, cut: PlannedStep) -> bool:
    """Say whether a step closes the mint of what another one cuts."""
    if step.phase is Phase.CLOSE_MINT:
        return step.id in cut.needs
    return step.closes_mint and step.target == cut.target


def _residuals(plan: Plan) -> Iterator[Exposure]:
    for step in plan.steps:
        if step.residual:
            until, endless = step.residual_until, step.residual_endless
            yield Exposure("residual", step.target.id, step.residual, until, endless)
    for one in plan.left_out:
        if one.exposure == "expires":
            yield Exposure("residual", one.what, one.why, one.until)
