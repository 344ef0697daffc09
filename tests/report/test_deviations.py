import pytest

from rekey.case import Abnormal
from rekey.report.deviations import deviations
from tests.report.samples import at


def way(observed: str, expected: tuple[str, ...], clock: str, dimension: str = "path") -> Abnormal:
    return Abnormal(
        alert_id="one",
        dimension=dimension,
        observed=observed,
        expected=expected,
        first_seen=at(clock),
        basis="30d",
    )


def test_new_values_of_one_baseline_stand_together() -> None:
    second = way("c", ("a", "b"), "09:02:00")
    (found,) = deviations([second, way("b", ("a",), "09:01:00")])
    assert found.observed == ("b", "c")
    assert found.expected == ("a",)
    assert found.since == at("09:01:00")


def test_baselines_without_a_value_in_common_stay_apart() -> None:
    found = deviations([way("x", ("a",), "09:01:00"), way("x", ("b",), "09:02:00")])
    assert [one.expected for one in found] == [("a",), ("b",)]


def test_dimensions_stay_apart() -> None:
    other = way("b", ("a",), "09:02:00", "network")
    assert len(deviations([way("b", ("a",), "09:01:00"), other])) == 2


def test_at_most_five_usual_values_are_told_in_their_order() -> None:
    (found,) = deviations([way("x", tuple("gfedcba"), "09:00:00")])
    assert found.expected == tuple("gfedc")


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("203", "203.0.0.0/8"),
        ("2a01", "2a01::/16"),
        ("2001", "2001::/16"),
        ("internal", "internal"),
    ],
)
def test_a_first_octet_is_told_as_the_network_that_it_names(block: str, told: str) -> None:
    (found,) = deviations([way(block, (block + "x", "10"), "09:00:00", "origin.block")])
    assert found.observed == (told,)
    assert found.expected == (block + "x", "10.0.0.0/8")
