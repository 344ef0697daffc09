"""Which declared difference accounts for which other verdict.

The compiler says for each rule where it differs from the rule's meaning. A difference that can only
add alerts does not excuse a missing one.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tests.engines.verdicts import Said

MORE, FEWER = "fires", "quiet"

EXCUSES: Final[Mapping[str, frozenset[str]]] = {
    "coarse_window": frozenset({MORE}),
    "not_searchable": frozenset({MORE, FEWER}),
    "one_of_several_addresses": frozenset({MORE}),
    "short_memory": frozenset({MORE, FEWER}),
    "text_of_object": frozenset({MORE}),
    "analysed_text": frozenset({MORE}),
    "equal_times": frozenset({FEWER}),
    "case": frozenset({FEWER}),
    # These change how often a rule alerts, or counts that no fixture reaches: never a verdict.
    "approximate_count": frozenset(),
    "repeats": frozenset(),
}
"""Kind of difference → what the engine may say instead."""


def accounting(kinds: Iterable[str], embedded: Said, here: Said) -> tuple[str, ...]:
    """Give the declared kinds that account for another verdict; none for an equal one."""
    if embedded == here:
        return ()
    other = MORE if embedded == FEWER else FEWER
    return tuple(sorted(kind for kind in kinds if other in EXCUSES[kind]))
