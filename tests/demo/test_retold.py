"""The case with the ids and times of the emulator says nothing else than the one from the logs."""

from datetime import UTC, datetime, timedelta

from rekey.case import Case
from rekey.demo.retold import Here, retold
from tests.fakes.stage import made_case

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def told(case: Case) -> Case:
    ids, expires = {"AKIAOLD": "AKIANEW"}, {"AKIANEW": NOW + timedelta(hours=1)}
    return retold(case, Here(NOW, NOW + timedelta(seconds=2), ids, expires))


def lasting(case: Case) -> Case:
    """Give a case that goes on for a day."""
    return case.model_copy(update={"last": case.first + timedelta(days=1)})


def test_ids_and_times_are_of_here() -> None:
    case = told(lasting(made_case("AKIAOLD", children={"ASIACHILD": "AKIAOLD"})))
    assert case.first == NOW < case.last <= NOW + timedelta(seconds=2)
    parent, child = case.credentials
    assert parent.credential.id == child.parent_id == "AKIANEW"
    assert case.alerts[0].credential.id == "AKIANEW"
    assert (parent.expires_at, parent.validity) == (NOW + timedelta(hours=1), "valid")
    assert child.credential.id == "ASIACHILD"
    assert "AKIAOLD" not in case.model_dump_json()


def test_nothing_else_changes() -> None:
    case = lasting(made_case("AKIASAME"))
    day = timedelta(days=1)
    assert retold(case, Here(case.first, case.first + day, {}, {})) == case


def test_what_happened_in_order_still_did() -> None:
    case = lasting(made_case("AKIAOLD"))
    early, late = (case.first + timedelta(hours=h) for h in (3, 7))
    used = case.credentials[0].model_copy(update={"first_used": early, "last_used": late})
    (node,) = told(case.model_copy(update={"credentials": (used,)})).credentials
    assert node.first_used is not None and node.last_used is not None
    assert NOW < node.first_used < node.last_used < NOW + timedelta(seconds=2)
