"""In which order things may happen, and why.

Two orders, and every mistake that shipped playbooks make in them is refused when a playbook is
read: a successor that is issued while the thief can still make credentials, an old credential that
is switched off before its successor works, or one that is never switched off at all.
"""

from collections.abc import Sequence
from typing import Final, Literal

from rekey.containment.action_spec import Phase

Order = Literal["contain", "rotate"]

ORDERS: Final[dict[Order, tuple[Phase, ...]]] = {
    # The thief first: nothing new is issued while credentials can be made or are out.
    "contain": (
        Phase.EVIDENCE, Phase.CLOSE_MINT, Phase.CUT, Phase.SURVEY, Phase.ISSUE, Phase.DISTRIBUTE,
        Phase.CONFIRM, Phase.DELETE,
    ),
    # The service first: the old one goes when every dependent works with the new one.
    "rotate": (
        Phase.EVIDENCE, Phase.ISSUE, Phase.DISTRIBUTE, Phase.CONFIRM, Phase.CLOSE_MINT, Phase.CUT,
        Phase.SURVEY, Phase.DELETE,
    ),
}  # fmt: skip

_ENDING: Final = frozenset({Phase.CLOSE_MINT, Phase.CUT, Phase.DELETE})


def rank(order: Order, phase: Phase) -> int:
    """Give the place of a phase in an order."""
    return ORDERS[order].index(phase)


def faults(order: Order, phases: Sequence[Phase], graces: Sequence[bool]) -> list[str]:
    """Say what is wrong with a sequence of phases; ``graces`` says which steps wait before."""
    found = []
    ranks = [rank(order, phase) for phase in phases]
    for before, after, earlier, later in zip(phases, phases[1:], ranks, ranks[1:], strict=False):
        if later < earlier:
            found.append(f"{after} stands after {before}; in {order} it comes before")
    if not _ENDING & set(phases):
        found.append("nothing here ends the old credential")
    if order == "contain" and not {Phase.CLOSE_MINT, Phase.CUT} & set(phases):
        found.append("a containment closes the mint or cuts what is out; deleting later is no cut")
    if order == "contain" and Phase.ISSUE in phases and Phase.SURVEY not in phases:
        found.append("look for what was left behind (survey) before a successor is issued")
    if order == "rotate" and Phase.ISSUE not in phases:
        found.append("a rotation issues a successor")
    if order == "rotate" and Phase.CONFIRM not in phases:
        found.append("see the dependents work (confirm) before the old credential goes")
    for phase, grace in zip(phases, graces, strict=True):
        if phase is Phase.DELETE and not grace:
            found.append("delete waits for a grace time (after: 7d), because it cannot be undone")
        if phase is not Phase.DELETE and grace:
            found.append(f"only delete waits; {phase} has a grace time")
    return found
