"""The last look of a run: what was proven early may have been undone since."""

from typing import Final

from rekey.containment.action_spec import Phase
from rekey.containment.effect import Effects
from rekey.containment.errors import ProviderError
from rekey.containment.guards import GuardRefused
from rekey.containment.lease import LeaseLost
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status
from rekey.containment.record import Recorder, failure
from rekey.containment.standing import fold_step

_ENDING: Final = (Phase.CLOSE_MINT, Phase.CUT)


def look_back(progress: Progress, effects: Effects, recorder: Recorder) -> None:
    """See that what was proven early still holds at the end: somebody may have undone it.

    Surveys come first, since they take time in which somebody may undo an effect.
    """
    for step in sorted(progress.plan.steps, key=lambda one: one.phase is not Phase.SURVEY):
        if not _looked_at_again(step, progress):
            continue
        try:
            gone = effects.gone(step)
            said = "it was proven, and at the end no longer so"
        except LeaseLost:
            raise
        except (GuardRefused, ProviderError) as error:
            gone = {"reason": failure(error)["reason"]}
            said = "it was proven, and could not be looked at again at the end"
        if gone is not None:
            payload = {**gone, "reason": f"{said}: {gone['reason']}"}
            entry = recorder.write("unproven", payload, step=step.id, subject=step.subject)
            fold_step(progress.steps[step.id], entry)


def _looked_at_again(step: PlannedStep, progress: Progress) -> bool:
    """Say whether a proven step is looked at again at the end of a run.

    A survey is, if something was proven after it: the thief may have used that time. But only until
    the run has come to an end once: what is new when a grace time is over is what people have made.
    """
    own = progress.steps[step.id]
    if own.status is not Status.VERIFIED or own.verified_at is None:
        return False
    if step.phase is not Phase.SURVEY:
        return step.phase in _ENDING
    ids = [one.id for one in progress.plan.steps]
    later = any(progress.steps[id].verified_at for id in ids[ids.index(step.id) + 1 :])
    return later and (progress.ended_at is None or progress.ended_at < own.verified_at)
