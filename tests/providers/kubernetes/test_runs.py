"""Whole runs: a real API server refuses what was contained, and takes the successor."""

from collections.abc import Callable
from dataclasses import replace

from rekey.containment.action_spec import Grade
from rekey.containment.progress import Status
from rekey.providers.kubernetes.client import path_of
from rekey.providers.kubernetes.issue_actions import CREDENTIAL
from tests.providers.incident import Hasty, Incident
from tests.providers.kubernetes.world import World, jti


def test_an_unbound_token_is_contained_and_the_account_has_its_rights_again(
    world: World, incident: Callable[..., Incident]
) -> None:
    stolen = world.token()
    assert world.reads(stolen) == 200
    one = incident(stolen)
    one = replace(one, presented={one.credential: stolen})
    plan = one.plan()
    done = one.run(plan)
    assert done.outcome == "contained, exposure remains", done.steps
    assert done.steps["1-suspend_rights"].grade is Grade.A
    assert done.steps["1-recreate_account"].grade is Grade.A
    assert world.code(stolen) == 401
    assert world.reads(world.token()) == 200, "the new account has the old rights"
    assert stolen not in one.journal_text()


def test_a_secret_bound_token_is_contained_by_its_anchor_alone(
    world: World, incident: Callable[..., Incident]
) -> None:
    anchor = world.secret("anchor")
    stolen, other = world.token(anchor, "Secret"), world.token()
    mark = {"metadata": {"annotations": {CREDENTIAL: jti(stolen)}}}
    world.admin.patch(path_of("secrets", world.namespace, "anchor"), mark)
    one = incident(stolen)
    plan = one.plan()
    assert any(step.residual and "AWS STS" in step.residual for step in plan.steps)
    done = one.run(plan)
    assert done.outcome == "contained, exposure remains", done.steps
    assert done.steps["1-delete_object"].grade is Grade.A_SIBLING
    assert (world.code(stolen), world.code(other)) == (401, 201)


def test_a_rotation_ends_the_old_token_only_after_the_new_one_was_used(
    world: World, incident: Callable[..., Incident]
) -> None:
    world.provider = world.connected(audit_log=world.server.audit, token_lifetime_seconds=3600)
    anchor = world.secret("anchor")
    old = world.token(anchor, "Secret")
    mark = {"metadata": {"annotations": {CREDENTIAL: jti(old)}}}
    world.admin.patch(path_of("secrets", world.namespace, "anchor"), mark)
    clock = Hasty(0.005)
    one = incident(old, store=world.store, destination=f"{world.namespace}/delivered", clock=clock)
    plan = one.plan("rotate")
    waiting = one.run(plan)
    assert waiting.steps["1-issue_token"].status is Status.VERIFIED
    assert waiting.steps["1-confirm_token"].status is not Status.VERIFIED, "nobody used it yet"
    assert world.code(old) == 201
    fresh = world.data("delivered")["value"]
    assert world.reads(fresh) == 200
    patient = replace(one, clock=Hasty(0.9, clock.ahead))
    done = patient.engine(plan).resume(plan.run)
    assert done.outcome == "rotated, exposure remains", done.steps
    assert (world.code(old), world.code(fresh)) == (401, 201)
    assert fresh not in one.journal_text()
