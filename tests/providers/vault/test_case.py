"""From Vault's own audit log to a containment that ends all that the case knows of."""

import time
from datetime import UTC, datetime
from pathlib import Path

import hvac
import pytest

from tests.engines.vault import Vault
from tests.fakes.people import People
from tests.providers.incident import Hasty, Incident
from tests.providers.logged import investigated
from tests.providers.vault.world import MINT_ORPHANS, READ, World, call


@pytest.fixture
def world(logging_vault: Vault) -> World:
    """What was there before the theft is older than it by more than servers take to answer."""
    found = World(logging_vault.url)
    found.login()  # the first one makes entity and alias
    time.sleep(1.1)
    return found


def test_an_orphan_of_the_stolen_token_is_contained_with_it(
    world: World, logging_vault: Vault, people: People, tmp_path: Path
) -> None:
    """It was never used, so that the log alone does not say what kind of credential it is."""
    world.follows(logging_vault.audit)
    stolen = world.login()
    orphan = world.make(stolen["client_token"], "auth/token/create-orphan")
    hmac = world.hmac(stolen["accessor"])
    case = investigated(logging_vault.audit, hmac, tmp_path / "report")
    one = Incident(
        world.provider, people, tmp_path / "run", hmac, "vault_service_token", None, "root",
        "vault_token", told=case, clock=Hasty(0.1),
    )  # fmt: skip
    plan = one.plan()
    assert {hmac, world.hmac(orphan["accessor"])} <= {step.target.id for step in plan.steps}
    done = one.run(plan)
    assert done.outcome == "contained and verified", [one.reason for one in done.steps.values()]
    assert not world.works(stolen["client_token"])
    assert not world.works(orphan["client_token"])


def test_what_the_plan_leaves_out_is_not_explained_by_the_case(
    world: World, logging_vault: Vault, people: People, tmp_path: Path
) -> None:
    stolen = world.login()
    orphan = world.make(stolen["client_token"], "auth/token/create-orphan")
    hmac, left = world.hmac(stolen["accessor"]), world.hmac(orphan["accessor"])
    case = investigated(logging_vault.audit, hmac, tmp_path / "report")
    nodes = [
        one.model_copy(update={"link": "ambiguous"}) if one.credential.id == left else one
        for one in case.credentials
    ]
    one = Incident(
        world.provider, people, tmp_path / "run", hmac, "vault_service_token", None, "root",
        "vault_token", told=case.model_copy(update={"credentials": tuple(nodes)}),
        clock=Hasty(0.01),
    )  # fmt: skip
    done = one.run(one.plan())
    survey = done.steps["1-survey"]
    assert left in survey.reason
    assert done.outcome == "incomplete"
    assert world.works(orphan["client_token"])


def test_what_the_stolen_token_wrote_must_be_explained(
    world: World, logging_vault: Vault, people: People, tmp_path: Path
) -> None:
    """Another way in: no list of Vault's says when it was made."""
    way = f"auth/approle/role/{world.name}-backdoor"
    may = f'path "{way}*" {{ capabilities = ["create", "update"] }}'
    world.root.sys.create_or_update_policy(world.name, f"{READ}{MINT_ORPHANS}{may}")
    since, stolen = datetime.now(UTC), world.login()
    thief = hvac.Client(url=world.url, token=stolen["client_token"])
    thief.write_data(way, data={"token_policies": [world.name]})
    world.make(stolen["client_token"], "auth/token/create-orphan")  # by which it is a case
    hmac = world.hmac(stolen["accessor"])
    case = investigated(logging_vault.audit, hmac, tmp_path / "report")
    one = Incident(
        world.provider, people, tmp_path / "run", hmac, "vault_service_token", None, "root",
        "vault_token", told=case, clock=Hasty(0.01),
    )  # fmt: skip
    assert any(way in found.id for found in one.plan().findings), "what the case tells"
    thief.write_data(f"{way}/secret-id", data={})
    world.follows(logging_vault.audit)
    target = world.provider.locate(world.wanted(stolen))
    survey = next(a for a in world.provider.actions() if a.spec.name == "vault.survey_entity")
    answer = survey.verify(call(target, since=since))[0]
    assert f"{way}/secret-id" in answer.answer, "what only the log tells"
