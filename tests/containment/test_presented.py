"""What a tired responder types in place of a credential is refused, and spoils no journal."""

import pytest

from rekey.containment.secret import Secret
from rekey.errors import RekeyError
from tests.fakes.stage import PATH, Stage


def refused(stage: Stage, id: str, typed: str, words: str) -> None:
    plan = stage.plan("contain")
    stage.presented = {id: Secret(typed)}
    with pytest.raises(RekeyError, match=words):
        stage.run(plan, "bob")
    assert not stage.kinds(plan.run), "nothing was journalled"
    stage.presented = {}
    assert stage.run(plan, "bob").outcome == "contained and verified", "and it can be run"


@pytest.mark.parametrize("typed", ["", "e", "1234567"])
def test_a_slip_of_the_finger(typed: str, stage: Stage) -> None:
    refused(stage, stage.stolen, typed, "too short")


@pytest.mark.parametrize("typed", [PATH, "disable_key", "user/svc-export"])
def test_a_word_of_the_plan_in_place_of_a_secret(typed: str, stage: Stage) -> None:
    """The id of the key, above all, which stands beside its secret wherever people keep both."""
    refused(stage, stage.stolen, typed, "an id that stands in the plan")


def test_a_credential_of_something_else(stage: Stage) -> None:
    refused(stage, "AKIANOTHING", "AKIANOTHING:secret", "no target AKIANOTHING")


def test_the_targets_that_there_are_stand_in_the_hint(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.presented = {"AKIANOTHING": Secret("AKIANOTHING:secret")}
    with pytest.raises(RekeyError) as told:
        stage.run(plan, "bob")
    assert stage.stolen in str(told.value.hint)


def test_going_on_is_no_way_around(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    stage.presented = {stage.stolen: Secret("e")}
    with pytest.raises(RekeyError, match="too short"):
        stage.engine().resume(plan.run)
