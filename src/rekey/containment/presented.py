"""Old credentials that a responder hands in: for a target of the plan, and no mere id of it.

What is handed in is blanked wherever it occurs in an entry of the journal. Somebody who pastes a key's
id in place of its secret must not have that id blanked in the plan itself.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from rekey.containment.plan import Plan
from rekey.containment.secret import Secret
from rekey.errors import RekeyError
from rekey.journal.canonical_json import canonical

_SHORTEST: Final = 8
"""Characters; no provider gives out a shorter credential."""


def check_targets(plan: Plan, ids: Iterable[str]) -> None:
    """Check that credentials are handed in for targets of the plan.

    Raises:
        RekeyError: one is not; says which there are.
    """
    targets = list(dict.fromkeys(step.target.id for step in plan.steps))
    if unknown := sorted(set(ids) - set(targets)):
        raise RekeyError(
            f"the plan has no target {unknown[0]}",
            hint=f"--present takes one of: {', '.join(targets)}",
        )


def check_presented(plan: Plan, presented: Mapping[str, Secret]) -> None:
    """Check that what is handed in can be a credential, before anything is journalled.

    Raises:
        RekeyError: it cannot, or is for no target of the plan.
    """
    check_targets(plan, presented)
    text = canonical(plan.document()).decode("ascii")
    for id, secret in presented.items():
        value = secret.reveal()
        if len(value) < _SHORTEST or value in text:
            raise RekeyError(
                f"what was handed in for {id} is no credential: it is "
                + ("too short" if len(value) < _SHORTEST else "an id that stands in the plan"),
                hint="docs/providers.md says what a credential of each provider looks like.",
            )
