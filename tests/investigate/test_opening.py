"""What makes a case of a group of alerts."""

import pytest

from rekey.grouping import opens_case
from rekey.involved import Involved
from tests.investigate.alerts import alert


def test_a_case_opens_on_one_high_or_two_different_medium_alerts() -> None:
    def why(*levels: tuple[str, str]) -> str | None:
        alerts = [alert(path, rule=path, level=level) for path, level in levels]  # type: ignore[arg-type]
        return opens_case([Involved(each) for each in alerts])

    assert why(("x/a", "low"), ("x/b", "medium")) is None
    assert why(("x/a", "medium"), ("x/a", "medium")) is None
    assert why(("x/a", "medium"), ("x/b", "medium")) == "2 rules of level medium: x/a, x/b"
    assert why(("x/a", "low"), ("x/b", "high")) == "an alert of level high or above: x/b"
    assert why(("x/a", "critical")) == "an alert of level high or above: x/a"


@pytest.mark.parametrize(
    ("one", "other", "opens"),
    [((1, 2), (2, 1), False), ((1, 2), (1, 2, 3), True), ((1, 2), (3,), True), ((), (), True)],
)
def test_two_rules_on_the_very_same_events_are_one_sign(
    one: tuple[int, ...], other: tuple[int, ...], opens: bool
) -> None:
    alerts = [
        alert(path, rule=path, level="medium").model_copy(update={"seqs": seqs})
        for path, seqs in (("x/a", one), ("x/b", other))
    ]
    assert (opens_case([Involved(each) for each in alerts]) is not None) == opens
