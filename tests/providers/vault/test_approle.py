"""Secret IDs are destroyed and tokens of logins revoked, and the workload logs in again."""

from collections.abc import Callable

import hvac
import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.progress import Status
from tests.providers.incident import Hasty, Incident
from tests.providers.vault.world import World, call


def test_the_approle_is_contained_and_the_workload_logs_in_with_the_successor(
    world: World, incident: Callable[..., Incident]
) -> None:
    stolen, honest = world.login(), world.login()
    one = incident(
        stolen, "vault_approle", store=world.store, destination=world.path, clock=Hasty(0.005)
    )
    plan = one.plan()
    first = one.run(plan)
    assert first.steps["1-destroy_secret_ids"].grade is Grade.A_SIBLING
    assert first.steps["1-revoke_tokens"].grade is Grade.A_SIBLING
    assert not world.works(stolen["client_token"])
    assert not world.works(honest["client_token"])
    with pytest.raises(hvac.exceptions.InvalidRequest):
        world.login()
    assert first.steps["1-issue_secret_id"].status is Status.VERIFIED
    assert first.steps["1-confirm_login"].status is not Status.VERIFIED, "nobody has logged in yet"
    successor = world.stored()["value"]
    fresh = world.login(successor)
    done = one.engine(plan).resume(plan.run)
    assert done.outcome == "contained and verified"
    assert world.works(fresh["client_token"])
    assert successor not in one.journal_text()
    left = world.keys(f"auth/approle/role/{world.name}/secret-id")
    assert len(left) == 1, "probes leave nothing behind"


def test_a_rotation_ends_the_old_one_only_after_its_consumer_logged_in(
    world: World, incident: Callable[..., Incident]
) -> None:
    old = world.login()
    one = incident(
        old, "vault_approle", store=world.store, destination=world.path, clock=Hasty(0.005)
    )
    plan = one.plan("rotate")
    world.login()
    waiting = one.run(plan)
    assert waiting.steps["1-confirm_login"].status is not Status.VERIFIED
    assert world.works(old["client_token"])
    world.login()  # the old secret ID works as long as nobody uses the new one
    fresh = world.login(world.stored()["value"])
    done = one.engine(plan).resume(plan.run)
    assert done.outcome == "rotated and verified"
    assert world.works(fresh["client_token"])
    assert not world.works(old["client_token"])
    with pytest.raises(hvac.exceptions.InvalidRequest):
        world.login()


def test_the_secret_ids_of_other_roles_are_left_alone(world: World) -> None:
    """CVE-2023-24999: old versions destroyed by accessor, whatever role was asked. Ours asks its own."""
    other = f"auth/approle/role/{world.name}-other"
    world.write(other, token_policies=["default"])
    theirs = world.write(f"{other}/secret-id")["data"]
    world.login()
    target = world.provider.locate(world.wanted(world.login(), "vault_approle"))
    world.action("destroy_secret_ids").apply(call(target))
    assert world.keys(f"{other}/secret-id") == [theirs["secret_id_accessor"]]
    path = f"{target.facts['role']}/secret-id-accessor/destroy"
    with pytest.raises(hvac.exceptions.VaultError):
        world.write(path, secret_id_accessor=theirs["secret_id_accessor"])
    assert world.keys(f"{other}/secret-id") == [theirs["secret_id_accessor"]], "a sound server"


def test_destroying_a_secret_id_ends_no_token(world: World) -> None:
    """The pitfall itself, as the server has it: it is why revoking is a step of its own."""
    stolen = world.login()
    target = world.provider.locate(world.wanted(stolen, "vault_approle"))
    destroy = world.action("destroy_secret_ids")
    destroy.apply(call(target))
    assert destroy.observe(call(target)).effect == "present"
    assert world.works(stolen["client_token"])
    revoke = world.action("revoke_role_tokens")
    assert revoke.observe(call(target)).effect == "absent"
    revoke.apply(call(target))
    assert not world.works(stolen["client_token"])


def test_proving_that_a_secret_id_is_dead_does_not_lock_its_role_out(world: World) -> None:
    """The server locks a role out after five refused logins, whoever made them."""
    target = world.provider.locate(world.wanted(world.login(), "vault_approle"))
    destroy = world.action("destroy_secret_ids")
    probe = destroy.probe(call(target))
    assert [check.holds for check in probe.present()] == [False, False]
    destroy.apply(call(target))
    for _ in range(6):
        assert all(check.holds for check in probe.present())
    assert world.login(world.draw())["client_token"], "the workload logs in with its successor"
    for _ in range(5):
        with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid secret id"):
            world.login()
    with pytest.raises(hvac.exceptions.Forbidden):
        world.login(world.draw())


def test_a_role_that_asks_for_no_secret_id_stays_open(world: World) -> None:
    world.write(
        f"auth/approle/role/{world.name}", bind_secret_id=False, token_policies=[world.name],
        token_bound_cidrs="127.0.0.1/32",  # noqa: S106 - Vault wants one constraint at least
    )  # fmt: skip
    target = world.provider.locate(world.wanted(world.login(), "vault_approle"))
    close = next(a for a in world.provider.actions() if a.spec.name == "vault.destroy_secret_ids")
    forecast = close.forecast(call(target))
    assert "whoever knows its role_id logs in" in str(forecast.mint_open)
