"""What a query language cannot see of a document, and what becomes of a condition then.

A field that is not indexed, or not readable in a language, is like a field that the source never
logged: a test on it never holds, and it is empty. The rule still says something if other parts
decide it; if nothing is left to decide, it is refused. Either way it is declared, never silent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rekey.converters.elastic.condition import (
    ALWAYS,
    NEVER,
    And,
    Condition,
    Constant,
    Empty,
    Not,
    Or,
    Test,
    Unsupported,
    rewrite,
)

COMPUTED: Final = "has to be computed"

Blindness = Callable[[Test], "str | None"]
"""Gives the reason why a test cannot be carried out; ``None`` if it can."""


@dataclass(frozen=True, order=True)
class Gap:
    """A field that a query cannot see."""

    field: str
    reason: str


@dataclass(frozen=True)
class Seen:
    """A condition without what cannot be seen."""

    condition: Condition
    gaps: tuple[Gap, ...]


def see(condition: Condition, blindness: Blindness) -> Seen:
    """Fold what a language cannot see.

    Raises:
        Unsupported: nothing that could be searched is left, or nothing that could be told apart.
    """
    gaps: set[Gap] = set()

    def change(test: Test) -> Condition:
        reason = blindness(test)
        if reason is None:
            return test
        if reason == COMPUTED:
            raise Unsupported(f"{test.field} {COMPUTED}, which only ES|QL does")
        gaps.add(Gap(test.field, reason))
        return ALWAYS if isinstance(test, Empty) else NEVER

    folded = rewrite(condition, change)
    if gaps and isinstance(folded, Constant):
        reasons = "; ".join(f"{gap.field}: {gap.reason}" for gap in sorted(gaps))
        raise Unsupported(f"what decides it cannot be searched ({reasons})")
    if folded == NEVER:
        raise Unsupported("never matches", hint="Look for a condition that contradicts itself.")
    return Seen(folded, tuple(sorted(gaps)))


def louder(condition: Condition, blindness: Blindness) -> Iterator[Gap]:
    """Yield what lets more events through when it cannot be seen.

    Those are the tests that a rule makes in order to stay quiet, and what it asks to be absent.
    """
    yield from _lost(condition, blindness, louder=True)


def quieter(condition: Condition, blindness: Blindness) -> Iterator[Gap]:
    """Yield what lets fewer events through when it cannot be seen: what a rule looks for."""
    yield from _lost(condition, blindness, louder=False)


def _lost(
    condition: Condition, blindness: Blindness, *, louder: bool, negated: bool = False
) -> Iterator[Gap]:
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _lost(part, blindness, louder=louder, negated=negated)
        case Not(part):
            yield from _lost(part, blindness, louder=louder, negated=not negated)
        case Constant():
            return
        case test:
            reason = blindness(test)
            lets_more = isinstance(test, Empty) != negated
            if reason and reason != COMPUTED and lets_more == louder:
                yield Gap(test.field, reason)
