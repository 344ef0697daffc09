"""Which alerts of a SIEM belong to a case."""

from datetime import timedelta

import pytest

from rekey.case import Case
from rekey.raised import Raised, join
from tests.report.samples import investigation

CASE: Case = investigation().cases[0].model_copy(update={"siem_alerts": ()})
ACTOR = str(next(one.actor.id for one in CASE.actors if one.actor.id and not one.shared))
CREDENTIAL = str(next(one.credential.id for one in CASE.credentials if one.credential.id))


def raised(value: str, after: timedelta = timedelta(0)) -> Raised:
    """An alert that holds one text, raised some time after the case."""
    return Raised("elastic", "a", "A rule", None, CASE.last + after, frozenset({value, "other"}))


@pytest.mark.parametrize(("value", "what"), [(CREDENTIAL, "credential"), (ACTOR, "actor")])
def test_credentials_and_actors_join_near_the_case(value: str, what: str) -> None:
    edge = timedelta(hours=24)
    (found,) = join(CASE, [raised(value, edge)]).siem_alerts
    assert found.because == f"it names a {what} of the case".replace("a actor", "an actor")
    assert join(CASE, [raised(value, edge + timedelta(seconds=1))]).siem_alerts == ()


def test_others_do_not_join() -> None:
    assert join(CASE, [raised("somebody else")]) == CASE


def test_a_shared_identity_joins_nothing() -> None:
    actors = tuple(one.model_copy(update={"shared": True}) for one in CASE.actors)
    assert join(CASE.model_copy(update={"actors": actors}), [raised(ACTOR)]).siem_alerts == ()
