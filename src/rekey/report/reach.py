"""What was touched in a case: its targets, grouped by what was done to them and how it ended."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from os.path import commonprefix
from typing import Final

from rekey.case import Case, Step
from rekey.report.words import in_utc

_SHARED_BY: Final = 3
_WORTH_IT: Final = 24
"""Characters."""


@dataclass(frozen=True)
class Reached:
    """Targets that had the same done to them with the same outcomes.

    ``actions`` and ``outcomes`` are empty, and ``last`` is ``None``, for targets that no step of
    the timeline names.
    """

    targets: tuple[str, ...]
    actions: tuple[str, ...]
    outcomes: str
    refused: bool
    last: datetime | None


def reached(case: Case) -> list[Reached]:
    """Group the targets of the alerts, in the order of their first act; refused attempts come last."""
    by_target: dict[str, list[Step]] = {target: [] for target in case.targets}
    for step in case.timeline:
        if step.target in by_target:
            by_target[step.target].append(step)
    return _grouped(by_target)


def reached_besides(case: Case) -> list[Reached]:
    """Group what the credentials of a case touched without an alert, since its first one.

    No rule tells of each object that is read; and where the owner goes on using a credential, his acts
    are among these.
    """
    by_target: dict[str, list[Step]] = {}
    for step in unalerted(case):
        if step.target is not None and step.target not in case.targets:
            by_target.setdefault(step.target, []).append(step)
    return _grouped(by_target)


def unalerted(case: Case) -> Iterator[Step]:
    """Give what was done with the credentials of a case without an alert, since its first one."""
    for step in case.timeline:
        if step.role == "context" and in_utc(step.until or step.time) >= in_utc(case.first):
            yield step


def shared_head(targets: Sequence[str]) -> str:
    """Give what names have in common at their beginning, as far as their parts go; else nothing.

    A page tells it once: of ten secrets of one account, nobody reads ten times which account.
    """
    if len(targets) < _SHARED_BY:
        return ""
    head = commonprefix(targets)  # noqa: RUF071 - the next line cuts it where a part ends
    head = head[: max(head.rfind(":"), head.rfind("/")) + 1]
    return head if len(head) >= _WORTH_IT and all(len(one) > len(head) for one in targets) else ""


def _grouped(by_target: dict[str, list[Step]]) -> list[Reached]:
    alike: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for target, steps in by_target.items():
        acts = _verbs(steps) if _refused(steps) else _actions(steps)
        alike.setdefault((acts, _outcomes(steps)), []).append(target)
    groups = [_group(targets, by_target) for targets in alike.values()]
    return sorted(groups, key=lambda group: group.refused)


def _group(targets: list[str], by_target: dict[str, list[Step]]) -> Reached:
    steps = [step for target in targets for step in by_target[target]]
    counts: Counter[str] = Counter()
    for step in steps:
        counts[step.outcome or "outcome unknown"] += step.count
    ends = [step.until or step.time for step in steps]
    return Reached(
        targets=tuple(targets),
        actions=tuple(sorted(_actions(steps))),
        outcomes=", ".join(f"{count:,} {outcome}" for outcome, count in counts.most_common()),
        refused=_refused(steps),
        last=max(ends, key=in_utc, default=None),
    )


def _refused(steps: list[Step]) -> bool:
    return bool(steps) and _outcomes(steps) <= {"denied", "failure"}


def _verbs(steps: list[Step]) -> frozenset[str]:
    """The verbs by source: a scan that lists one resource after another in vain is one attempt."""
    return frozenset(f"{step.source} {(step.action or '').partition(' ')[0]}" for step in steps)


def _actions(steps: list[Step]) -> frozenset[str]:
    return frozenset(step.action or "unnamed act" for step in steps)


def _outcomes(steps: list[Step]) -> frozenset[str]:
    return frozenset(step.outcome or "outcome unknown" for step in steps)
