"""What has no accessor ends with its entity."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from rekey.containment.action_spec import Grade
from rekey.containment.target import Wanted
from tests.fakes.people import People
from tests.providers.incident import Incident
from tests.providers.vault.world import World, call


def test_a_batch_token_dies_with_its_entity_and_comes_back_with_it(
    world: World, people: People, tmp_path: Path
) -> None:
    login = world.login()
    batch = world.make(login["client_token"], type="batch", ttl="30m")
    assert not batch["accessor"]
    one = Incident(
        world.provider, people, tmp_path / "run", "batch-of-the-case", "vault_batch_token",
        login["entity_id"], "root", "vault_token",
        since=datetime.now(UTC) + timedelta(hours=1),
        presented={login["entity_id"]: batch["client_token"]},
    )  # fmt: skip
    plan = one.plan()
    done = one.run(plan)
    assert done.outcome == "contained and verified"
    assert done.steps["1-disable_entity"].grade is Grade.A
    assert not world.works(batch["client_token"])
    assert not world.works(login["client_token"])
    undone = one.engine(plan).undo(plan.run, "wrong one", people.undo(plan, "ada"))
    assert undone.outcome == "undone"
    assert world.works(batch["client_token"]), "enabling an entity revives its tokens"


def test_a_disabled_entity_is_emptied_so_that_enabling_it_revives_nothing(world: World) -> None:
    login = world.login()
    target = world.provider.locate(Wanted("vault_entity", login["entity_id"]))
    disable, revoke = world.action("disable_entity"), world.action("revoke_entity_tokens")
    before = disable.observe(call(target))
    disable.apply(call(target))
    revoke.apply(call(target))
    disable.compensate(call(target, before=before))
    assert disable.observe(call(target)).effect == "absent"
    assert not world.works(login["client_token"])
