"""What is left to do about a run, and with which command."""

from collections.abc import Iterator
from typing import Final

from rekey.containment.progress import Progress, Status
from rekey.containment.report.left_out import for_people
from rekey.report.words import when

_ASIDE: Final = {
    "approval": "its approvers",
    "blast radius": "the people whom its radius asks for",
    "cool-down": "the cool-down",
}
"""Guard → what an emergency did without, in words."""


def emergency(run: Progress) -> str:
    """Say what an emergency set aside; it is said for as long as the journal lives."""
    aside = [_ASIDE.get(one, one) for one in run.set_aside]
    what = f"carried out without {' and '.join(aside)}" if aside else "declared, and not needed yet"
    return f"EMERGENCY: {what}: {run.override}"


def next_words(run: Progress) -> list[str]:
    """Say what is left to do; empty if nothing is."""
    id = run.plan.run
    if run.started and not run.finished:
        how = "undo" if run.undoing else "resume"
        since = when(run.started)
        return [f"Under way since {since} UTC. If its process died: `rekey contain {how} {id}`."]
    return list(_undone(run) if run.undoing else _ended(run))


def _undone(run: Progress) -> Iterator[str]:
    ended = run.ended
    if ended.remains:
        yield (f"Not taken back: {', '.join(ended.remains)}. Next: mend what is said above, then "
               f"`rekey contain undo {run.plan.run} --reason TEXT --key KEY`.")  # fmt: skip
    kept = [step.id for step in run.plan.steps
            if step.mutates and not step.reversible and run.steps[step.id].ours]  # fmt: skip
    if kept:
        yield f"Cannot be taken back: {', '.join(kept)}."


def _ended(run: Progress) -> Iterator[str]:
    id, outcome = run.plan.run, run.outcome
    if outcome == "incomplete" and run.findings:
        yield (f"Next: what is honest: `rekey contain explain {id} ID --reason TEXT --key KEY`; what "
               f"is not: end it; then `rekey contain resume {id}`.")  # fmt: skip
    elif outcome == "incomplete" and run.finished:
        yield f"Next: mend what is said above, then `rekey contain resume {id}`."
    waiting = [own.due_at for own in run.steps.values() if own.status is Status.WAITING]
    if due := min((at for at in waiting if at), default=None):
        yield f"Due {when(due)} UTC: `rekey contain resume --due`, then or from cron."
    if left := for_people(run.plan.left_out):
        things = ", ".join(dict.fromkeys(one.playbook for one in left if one.playbook))
        yield f"Left to people, as the plan says{f': playbooks {things}' if things else ''}."
