"""Vault's own core refuses what was contained, and takes the successor."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hvac
import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.call import Call
from rekey.containment.errors import NotFound, Refused, SelfUnknown
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.containment.target import Target, Wanted
from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from rekey.providers.vault.store import KvStore
from tests.engines.vault import ROOT_TOKEN
from tests.fakes.people import People
from tests.providers.incident import Hasty, Incident

READ = 'path "secret/data/*" { capabilities = ["read"] } path "auth/token/create" { capabilities = ["update"] }'
MINT_ORPHANS = 'path "auth/token/create-orphan" { capabilities = ["update", "sudo"] }'


class World:
    """One AppRole of its own with two live logins, in the run's Vault."""

    def __init__(self, url: str) -> None:
        self.url, self.name = url, f"svc-{uuid.uuid4().hex[:8]}"
        self.root = hvac.Client(url=url, token=ROOT_TOKEN)
        with suppress(hvac.exceptions.InvalidRequest):  # another worker was first
            self.root.sys.enable_auth_method("approle")
        self.root.sys.create_or_update_policy(self.name, READ + MINT_ORPHANS)
        self.write(f"auth/approle/role/{self.name}", token_policies=[self.name])
        self.role_id = self.read(f"auth/approle/role/{self.name}/role-id")["role_id"]
        self.secret_id = self.draw()
        self.follows(None)
        self.store = KvStore(opened(url, token=ROOT_TOKEN), "secret", "vault:secret")
        self.path = f"prod/{self.name}"

    def follows(self, log: Path | None) -> None:
        """Connect, with an audit log at hand or without."""
        options = VaultOptions(
            names=("root",), consumers={f"*{self.name}*": ("exporter",)}, production=(),
            audit_log=log,
        )  # fmt: skip
        self.provider = VaultProvider(opened(self.url, token=ROOT_TOKEN), options)

    def read(self, path: str) -> Any:
        found: Any = self.root.read(path)
        return found["data"]

    def write(self, path: str, **data: Any) -> Any:
        return self.root.write_data(path, data=data)

    def keys(self, path: str) -> Any:
        found: Any = self.root.list(path)
        return found["data"]["keys"]

    def draw(self) -> str:
        made = self.write(f"auth/approle/role/{self.name}/secret-id")
        return str(made["data"]["secret_id"])

    def login(self, secret_id: str | None = None) -> dict[str, Any]:
        data = {"role_id": self.role_id, "secret_id": secret_id or self.secret_id}
        found: Any = hvac.Client(url=self.url, token="").write_data("auth/approle/login", data=data)
        return dict(found["auth"])

    def make(
        self, token: str = ROOT_TOKEN, path: str = "auth/token/create", **data: Any
    ) -> dict[str, Any]:
        found: Any = hvac.Client(url=self.url, token=token).write_data(path, data=data)
        return dict(found["auth"])

    def works(self, token: str) -> bool:
        try:
            hvac.Client(url=self.url, token=token).read("auth/token/lookup-self")
        except hvac.exceptions.Forbidden:
            return False
        return True

    def hmac(self, accessor: str) -> str:
        found = self.write("sys/audit-hash/file", input=accessor)
        return str(found["data"]["hash"])

    def stored(self) -> dict[str, Any]:
        return dict(
            self.root.secrets.kv.v2.read_secret_version(self.path, raise_on_deleted_version=False)[
                "data"
            ]["data"]
        )


@pytest.fixture
def world(vault_url: str) -> World:
    return World(vault_url)


@pytest.fixture
def incident(world: World, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(auth: dict[str, Any], playbook: str, **changes: Any) -> Incident:
        hmac = world.hmac(auth["accessor"])
        given: dict[str, Any] = {"since": datetime.now(UTC) + timedelta(hours=1)}
        return Incident(
            world.provider, people, tmp_path / "run", hmac, "vault_service_token",
            auth.get("entity_id") or f"token/{hmac}", "root", playbook, **given | changes,
        )  # fmt: skip

    return make


def call(target: Target, **changes: Any) -> Call:
    return replace(Call(target, "run", "1-step", "rekey-run-1-step"), **changes)


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


def test_destroying_a_secret_id_ends_no_token(world: World) -> None:
    """The pitfall itself, as the server has it: it is why revoking is a step of its own."""
    stolen = world.login()
    target = world.provider.locate(_wanted(world, stolen, "vault_approle"))
    destroy = _action(world, "destroy_secret_ids")
    destroy.apply(call(target))
    assert destroy.observe(call(target)).effect == "present"
    assert world.works(stolen["client_token"])
    revoke = _action(world, "revoke_role_tokens")
    assert revoke.observe(call(target)).effect == "absent"
    revoke.apply(call(target))
    assert not world.works(stolen["client_token"])


def test_proving_that_a_secret_id_is_dead_does_not_lock_its_role_out(world: World) -> None:
    """The server locks a role out after five refused logins, whoever made them."""
    target = world.provider.locate(_wanted(world, world.login(), "vault_approle"))
    destroy = _action(world, "destroy_secret_ids")
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


def test_a_second_revocation_succeeds_at_vault_and_counts_as_done_by_looking(world: World) -> None:
    stolen = world.login()
    target = world.provider.locate(_wanted(world, stolen))
    world.write("auth/token/revoke-accessor", accessor=stolen["accessor"])
    world.write("auth/token/revoke-accessor", accessor=stolen["accessor"])  # no error: no proof
    revoke = _action(world, "revoke_accessor")
    assert revoke.observe(call(target)).effect == "present"
    assert all(check.holds for check in revoke.verify(call(target)))


def test_an_orphan_survives_its_maker_and_the_survey_finds_it(world: World) -> None:
    stolen = world.login()
    orphan = world.make(stolen["client_token"], "auth/token/create-orphan")
    target = world.provider.locate(_wanted(world, stolen))
    _action(world, "revoke_accessor").apply(call(target))
    assert world.works(orphan["client_token"])
    survey = _action(world, "survey_entity")
    since = datetime.now(UTC) - timedelta(minutes=1)
    answer = survey.verify(call(target, since=since))[0]
    assert answer.holds is False
    assert world.hmac(orphan["accessor"]) in answer.answer
    explained = {world.hmac(orphan["accessor"]), target.id}
    assert (
        world.hmac(orphan["accessor"])
        not in survey.verify(call(target, since=since, explained=frozenset(explained)))[0].answer
    )


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
    disable, revoke = _action(world, "disable_entity"), _action(world, "revoke_entity_tokens")
    before = disable.observe(call(target))
    disable.apply(call(target))
    revoke.apply(call(target))
    disable.compensate(call(target, before=before))
    assert disable.observe(call(target)).effect == "absent"
    assert not world.works(login["client_token"])


def test_a_made_token_has_a_successor_and_what_a_crash_left_is_revoked(world: World) -> None:
    old = world.make(policies=[world.name], ttl="1h", no_parent=True)
    target = world.provider.locate(_wanted(world, old))
    create = _action(world, "create_token")
    lost = world.make(path="auth/token/create-orphan", policies=[world.name],
                      meta={"rekey": "rekey-run-1-step"})  # fmt: skip
    asked = call(target, store=world.store, destination=world.path)
    assert create.observe(asked).effect == "partial", "its value is lost"
    assert create.clear(asked) == (world.hmac(lost["accessor"]),)
    applied = create.apply(asked)
    assert not world.works(lost["client_token"])
    successor = world.stored()["value"]
    assert world.works(successor)
    seen = create.observe(asked)
    assert (seen.effect, seen.facts) == ("present", applied.facts)
    confirm = _action(world, "confirm_token_used")
    later = replace(asked, earlier={"1-issue": applied.facts})
    assert confirm.verify(later)[0].holds is False
    hvac.Client(url=world.url, token=successor).auth.token.renew_self()
    assert confirm.verify(later)[0].holds is True


def test_a_login_token_is_not_made_again(world: World) -> None:
    target = world.provider.locate(_wanted(world, world.login()))
    forecast = _action(world, "create_token").forecast(call(target))
    assert forecast.impossible and "logs in again" in forecast.impossible


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
    target = world.provider.locate(_wanted(world, old))
    asked = call(target, presented=Secret(old["client_token"]))
    assert _action(world, "revoke_accessor").probe(asked) is None


def test_rekey_is_told_from_its_targets(world: World) -> None:
    connection = world.provider.connection()
    accessor = world.read("auth/token/lookup-self")["accessor"]
    assert world.hmac(accessor) in connection.identities
    assert connection.scope == world.root.sys.read_health_status(method="GET")["cluster_id"]
    child = world.make(policies=["root"])
    provider = VaultProvider(opened(world.url, token=child["client_token"]), VaultOptions())
    with pytest.raises(SelfUnknown, match="child of another"):
        provider.connection()


def test_an_approle_that_was_made_anew_is_another_and_vault_tells_its_own_time(
    world: World,
) -> None:
    login = world.login()
    targets = [
        world.provider.locate(_wanted(world, login, playbook))
        for playbook in ("vault_token", "vault_approle")
    ]
    resolve = world.provider.resolve
    for one in targets:
        assert resolve(one.kind, one.id, one.given) == one
        assert world.role_id not in str(one), "it is half of a login"
    world.root.delete(f"auth/approle/role/{world.name}")
    with pytest.raises(NotFound, match="tokens of earlier logins may live on"):
        resolve(targets[1].kind, targets[1].id, targets[1].given)
    world.write(f"auth/approle/role/{world.name}", token_policies=[world.name])
    for one in targets:
        assert resolve(one.kind, one.id, one.given) != one
    clock = world.provider.connection().clock
    assert clock is not None and abs(datetime.now(UTC) - clock) < timedelta(minutes=1)


def test_guards_know_a_workload_by_every_name_that_people_use(world: World) -> None:
    login = world.login()
    entity = world.read(f"identity/entity/id/{login['entity_id']}")["name"]
    for playbook in ("vault_token", "vault_approle"):
        target = world.provider.locate(_wanted(world, login, playbook))
        assert {entity, world.name} <= target.names()
        assert target.identity == login["entity_id"]
        assert world.provider.resolve(target.kind, target.id, target.given) == target


def test_whose_entity_a_role_is_vault_says_and_not_the_plan(world: World) -> None:
    login = world.login()
    target = world.provider.locate(_wanted(world, login, "vault_approle"))
    forged = world.provider.resolve("vault_approle", target.id, {})
    assert forged.identity == login["entity_id"]


def test_a_role_that_asks_for_no_secret_id_stays_open(world: World) -> None:
    world.write(
        f"auth/approle/role/{world.name}", bind_secret_id=False, token_policies=[world.name],
        token_bound_cidrs="127.0.0.1/32",  # noqa: S106 - Vault wants one constraint at least
    )  # fmt: skip
    target = world.provider.locate(_wanted(world, world.login(), "vault_approle"))
    close = next(a for a in world.provider.actions() if a.spec.name == "vault.destroy_secret_ids")
    forecast = close.forecast(call(target))
    assert "whoever knows its role_id logs in" in str(forecast.mint_open)


def test_what_is_dead_is_not_found(world: World) -> None:
    stolen = world.login()
    wanted = _wanted(world, stolen)
    world.write("auth/token/revoke-accessor", accessor=stolen["accessor"])
    with pytest.raises(NotFound, match="no live token"):
        world.provider.locate(wanted)


def test_the_policy_that_rekey_writes_is_enough_and_names_no_root(world: World) -> None:
    permissions = {p for action in world.provider.actions() for p in action.spec.permissions}
    world.root.sys.create_or_update_policy("responder", world.provider.policy(permissions))
    token = world.make(path="auth/token/create-orphan", policies=["responder"])["client_token"]
    limited = VaultProvider(opened(world.url, token=token), VaultOptions(audit_device="file"))
    assert set(limited.permitted(permissions).values()) == {True}
    stolen = world.login()
    target = limited.locate(_wanted(world, stolen))
    revoke = next(a for a in limited.actions() if a.spec.name == "vault.revoke_accessor")
    revoke.apply(call(target))
    assert not world.works(stolen["client_token"])
    role = limited.locate(_wanted(world, world.login(), "vault_approle"))
    destroy = next(a for a in limited.actions() if a.spec.name == "vault.destroy_secret_ids")
    destroy.apply(call(role))
    assert destroy.observe(call(role)).effect == "present", "it may list what it destroyed"


def test_the_policy_of_the_store_is_enough_to_write_and_not_to_read(world: World) -> None:
    needed = world.store.permissions
    assert set(world.store.provider.permitted(needed).values()) == {True}
    world.root.sys.create_or_update_policy("writer", world.store.provider.policy(needed))
    token = world.make(policies=["writer"])["client_token"]
    store = KvStore(opened(world.url, token=token), "secret", "vault:secret")
    assert set(store.provider.permitted(needed).values()) == {True}
    version = store.write(world.path, Secret("new"), "marker")
    assert store.find(world.path, "marker") == version
    with pytest.raises(hvac.exceptions.Forbidden):
        hvac.Client(url=world.url, token=token).read(f"secret/data/{world.path}")
    poor = world.make(policies=["default"])["client_token"]
    limited = KvStore(opened(world.url, token=poor), "secret", "vault:secret").provider
    assert set(limited.permitted(needed).values()) == {False}


def test_the_store_keeps_other_fields_and_knows_its_marker(world: World) -> None:
    world.root.secrets.kv.v2.create_or_update_secret(world.path, {"host": "db", "value": "old"})
    version = world.store.write(world.path, Secret("new"), "m1")
    assert world.stored() == {"host": "db", "value": "new"}
    assert world.store.find(world.path, "m1") == version
    assert world.store.find(world.path, "m2") is None
    world.root.secrets.kv.v2.delete_latest_version_of_secret(world.path)
    assert world.store.find(world.path, "m1") is None, "a deleted version is no version"
    world.store.write(f"{world.path}#password", Secret("newer"), "m2")
    assert world.stored() == {"password": "newer"}
    with pytest.raises(Refused):
        world.store.write("../sys", Secret("x"), "m3")


def _wanted(world: World, auth: dict[str, Any], playbook: str = "vault_token") -> Wanted:
    return Wanted(
        "vault_service_token", world.hmac(auth["accessor"]), actor=auth.get("entity_id"),
        playbooks=(playbook,),
    )  # fmt: skip


def _action(world: World, name: str) -> Any:
    return next(one for one in world.provider.actions() if one.spec.name == f"vault.{name}")
