"""What must be true whenever a run says that it is done, whatever happened on the way."""

from rekey.containment.progress import Progress
from tests.fakes.stage import PATH, USER, Stage


def lies(stage: Stage, done: Progress) -> list[str]:
    """Compare what a run says with the world, and give what is not so."""
    if not done.outcome.endswith("verified"):
        return []
    keys = stage.cloud.active_keys(USER)
    sessions = [id for id in stage.cloud.state["sessions"] if stage.cloud.use(id) == "OK"]
    wrong = {
        "the stolen key works": stage.cloud.use(stage.stolen_credential) == "OK",
        f"sessions work: {sessions}": bool(sessions),
        "the workload does not work": stage.cloud.workloads_ok(PATH) != {"exporter": True},
        f"active keys: {keys}": len(keys) != 1 or keys == [stage.stolen],
    }
    return [what for what, so in wrong.items() if so]
