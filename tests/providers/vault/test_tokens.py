"""A token is revoked with its children, and the token itself proves it; orphans live on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hvac
import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.errors import NotFound
from rekey.containment.secret import Secret
from tests.providers.incident import Incident
from tests.providers.vault.world import World, call


def test_a_token_is_revoked_with_its_children_and_the_token_itself_proves_it(
    world: World, incident: Callable[..., Incident]
) -> None:
    stolen = world.login()
    child = world.make(stolen["client_token"])
    one = incident(stolen, "vault_token", presented={})
    one = replace(one, presented={one.credential: stolen["client_token"]})
    plan = one.plan()
    done = one.run(plan)
    assert done.outcome == "contained and verified", done.steps
    assert done.steps["1-revoke"].grade is Grade.A
    assert not world.works(stolen["client_token"])
    assert not world.works(child["client_token"])
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid secret id"):
        world.login()
    text = one.journal_text()
    assert stolen["client_token"] not in text
    assert stolen["accessor"] not in text, "an accessor in clear can revoke"


def test_a_second_revocation_succeeds_at_vault_and_counts_as_done_by_looking(world: World) -> None:
    stolen = world.login()
    target = world.provider.locate(world.wanted(stolen))
    world.write("auth/token/revoke-accessor", accessor=stolen["accessor"])
    world.write("auth/token/revoke-accessor", accessor=stolen["accessor"])  # no error: no proof
    revoke = world.action("revoke_accessor")
    assert revoke.observe(call(target)).effect == "present"
    assert all(check.holds for check in revoke.verify(call(target)))


def test_an_orphan_survives_its_maker_and_the_survey_finds_it(world: World) -> None:
    stolen = world.login()
    orphan = world.make(stolen["client_token"], "auth/token/create-orphan")
    target = world.provider.locate(world.wanted(stolen))
    world.action("revoke_accessor").apply(call(target))
    assert world.works(orphan["client_token"])
    survey = world.action("survey_entity")
    since = datetime.now(UTC) - timedelta(minutes=1)
    answer = survey.verify(call(target, since=since))[0]
    assert answer.holds is False
    assert world.hmac(orphan["accessor"]) in answer.answer
    explained = {world.hmac(orphan["accessor"]), target.id}
    assert (
        world.hmac(orphan["accessor"])
        not in survey.verify(call(target, since=since, explained=frozenset(explained)))[0].answer
    )


def test_a_token_that_is_not_accepted_before_proves_nothing_after(
    world: World, incident: Callable[..., Incident]
) -> None:
    stolen = world.login()
    one = incident(stolen, "vault_token")
    one = replace(one, presented={one.credential: "hvs.CAESIwrongwrongwrongwrongwrong"})
    done = one.run(one.plan())
    assert done.steps["1-revoke"].grade is Grade.B


def test_a_token_with_few_uses_is_not_presented(world: World) -> None:
    old = world.make(policies=[world.name], ttl="1h", no_parent=True, num_uses=3)
    target = world.provider.locate(world.wanted(old))
    asked = call(target, presented=Secret(old["client_token"]))
    assert world.action("revoke_accessor").probe(asked) is None


def test_what_is_dead_is_not_found(world: World) -> None:
    stolen = world.login()
    wanted = world.wanted(stolen)
    world.write("auth/token/revoke-accessor", accessor=stolen["accessor"])
    with pytest.raises(NotFound, match="no live token"):
        world.provider.locate(wanted)
