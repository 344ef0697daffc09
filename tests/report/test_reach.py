import pytest

from rekey.case import Case, Step
from rekey.report.reach import reached, reached_besides, shared_head
from tests.report.samples import CASE, at


def with_steps(*acts: tuple[str, str, str]) -> Case:
    """A case in which these (action, target, outcome) happened, a minute apart."""
    template = CASE.timeline[0]
    steps: list[Step] = [
        template.model_copy(update={
            "action": action, "target": target, "outcome": outcome, "time": at(f"09:0{place}:00"),
        })
        for place, (action, target, outcome) in enumerate(acts)
    ]  # fmt: skip
    targets = tuple(dict.fromkeys(target for _, target, _ in acts))
    return CASE.model_copy(update={"timeline": tuple(steps), "targets": targets})


def test_targets_with_the_same_acts_and_outcomes_stand_together() -> None:
    (group,) = reached(with_steps(("read", "a", "success"), ("read", "b", "success")))
    assert group.targets == ("a", "b")
    assert (group.actions, group.outcomes, group.last) == (("read",), "2 success", at("09:01:00"))


def test_what_was_refused_stands_apart_and_last() -> None:
    case = with_steps(("read", "a", "denied"), ("read", "b", "success"), ("list", "a", "failure"))
    assert [(group.targets, group.refused) for group in reached(case)] == [
        (("b",), False), (("a",), True)
    ]  # fmt: skip


def test_a_scan_that_was_refused_everywhere_is_one_group() -> None:
    scan = [("list jobs", "x/jobs", "denied"), ("list pods", "x/pods", "denied")]
    (group,) = reached(with_steps(*scan))
    assert (group.targets, group.actions) == (("x/jobs", "x/pods"), ("list jobs", "list pods"))
    assert len(reached(with_steps(*scan, ("delete x", "x", "denied")))) == 2
    reading = [(action, target, "success") for action, target, _ in scan]
    assert len(reached(with_steps(*reading))) == 2


def test_one_success_among_refusals_counts_as_reached() -> None:
    (group,) = reached(with_steps(("read", "a", "denied"), ("read", "a", "success")))
    assert not group.refused
    assert group.outcomes == "1 denied, 1 success"


def test_folded_acts_count_in_full_and_last_is_their_end() -> None:
    groups = {group.targets: group for group in reached(CASE)}
    assert groups[("payments/ledger-db",)].outcomes == "9 success"
    assert groups[("payments/ledger-db",)].last == at("09:40:02")


def test_a_target_outside_the_timeline_is_kept() -> None:
    (group,) = reached(CASE.model_copy(update={"targets": ("prod/other",)}))
    assert (group.targets, group.actions, group.outcomes) == (("prod/other",), (), "")
    assert group.last is None and not group.refused


def test_no_target_is_lost() -> None:
    assert sorted(target for group in reached(CASE) for target in group.targets) == sorted(
        CASE.targets
    )


def test_what_its_credentials_touched_without_an_alert_stands_apart() -> None:
    case = with_steps(("read", "a", "success"), ("read", "b", "success"), ("mint", "c", "success"))
    first, second, third = case.timeline
    steps = (
        first,
        second.model_copy(update={"role": "context", "time": case.last}),
        second.model_copy(
            update={"role": "context", "target": "d", "time": at("00:00:01"), "until": None}
        ),
        third.model_copy(update={"role": "mint", "time": case.last}),
    )
    case = case.model_copy(update={"timeline": steps, "targets": ("a",)})
    (group,) = reached_besides(case)
    assert (group.targets, group.outcomes, group.last) == (("b",), "1 success", case.last)
    assert [group.targets for group in reached(case)] == [("a",)]


@pytest.mark.parametrize(
    ("targets", "head"),
    [
        (
            [
                f"arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/{n}"
                for n in ("a", "ab", "c")
            ],
            "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/",
        ),
        (["arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/a"] * 2, ""),
        (["org/repo-one", "org/repo-two", "org/repo-three"], ""),
        (
            [
                "arn:aws:iam::111122223333:role/",
                "arn:aws:iam::111122223333:role/a",
                "arn:aws:iam::111122223333:role/b",
            ],
            "",
        ),
        (["a" * 40 + "1", "a" * 40 + "2", "a" * 40 + "3"], ""),
    ],
)
def test_what_many_names_begin_with_is_told_once(targets: list[str], head: str) -> None:
    assert shared_head(targets) == head
