"""A second stolen key, of another user, in the same case."""

from rekey.case import Case
from rekey.containment.order import Order
from rekey.containment.plan import Plan
from tests.fakes.stage import PATH, Stage, made_case

OTHER, OTHER_PATH = "svc-import", "prod/import"


def steal_another(stage: Stage) -> str:
    """Give a second user a key, a workload that reads it, and the thief; return the key's id."""
    id, secret = stage.cloud.create_key(OTHER)
    value = f"{id}:{secret}"
    stage.cloud.put_secret(OTHER_PATH, "old", value)
    workloads = stage.cloud.state["workloads"] | {"importer": {"path": OTHER_PATH, "value": value}}
    stage.cloud.set(workloads=workloads, calls=[])
    return id


def case_of_both(stage: Stage, other: str) -> Case:
    """Make one case of both keys, with an alert on each."""
    ours, its = made_case(stage.stolen), made_case(other, f"user/{OTHER}")
    alert = its.alerts[0].model_copy(update={"id": "a2"})
    node = its.credentials[0].model_copy(update={"alerts": ("a2",)})
    return ours.model_copy(update={
        "actors": (*ours.actors, *its.actors), "alerts": (*ours.alerts, alert),
        "credentials": (*ours.credentials, node),
    })  # fmt: skip


def plan_for_both(stage: Stage, order: Order = "contain") -> Plan:
    """Plan for both; two people must approve."""
    other = steal_another(stage)
    places = {stage.stolen: PATH, other: OTHER_PATH}
    return stage.plan(order, case_of_both(stage, other), destinations=places)
