"""A real API server refuses what was contained, and takes the successor."""

import base64
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rekey.containment.action_spec import Grade
from rekey.containment.call import Call, Observation
from rekey.containment.errors import Ambiguous, Gone, NotFound, Refused, SelfUnknown
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.containment.target import Target, Wanted
from rekey.errors import RekeyError
from rekey.providers.kubernetes import connect, cut_actions
from rekey.providers.kubernetes.account import Account, bindings, naming
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.issue_actions import CREDENTIAL
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.login import Fixed
from rekey.providers.kubernetes.probe import SELF, TokenProbe, claims
from rekey.providers.kubernetes.provider import KubernetesProvider
from rekey.providers.kubernetes.settings import KubernetesOptions
from rekey.providers.kubernetes.store import ClusterSecretStore
from tests.engines import kubernetes as server
from tests.fakes.people import People
from tests.providers.incident import Hasty, Incident

RBAC = "rbac.authorization.k8s.io"
CACHE_SECONDS = 10


class World:
    """One namespace with one service account that may read its config maps."""

    def __init__(self, found: server.Cluster) -> None:
        self.server, self.namespace = found, f"ns-{uuid.uuid4().hex[:8]}"
        self.admin = Cluster(access(found.kubeconfig))
        self.account = Account(self.namespace, "exporter")
        self.make("namespaces", {"metadata": {"name": self.namespace}}, None)
        self.make("serviceaccounts", {"metadata": {"name": "exporter"}})
        rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}
        self.make(f"roles.{RBAC}", {"metadata": {"name": "reader"}, "rules": [rule]})
        self.bind("reads", self.subject)
        self.provider = self.connected()
        self.store = ClusterSecretStore(self.admin, "kubernetes")

    def connected(self, **options: Any) -> KubernetesProvider:
        given: dict[str, Any] = {
            "names": ("tests",),
            "consumers": {},
            "production": (),
            "propagation_seconds": 1,
        }
        found = KubernetesOptions(**given | {"kubeconfig": self.server.kubeconfig} | options)
        return KubernetesProvider(Cluster(access(found.kubeconfig)), found)

    @property
    def subject(self) -> dict[str, str]:
        return {"kind": "ServiceAccount", "namespace": self.namespace, "name": "exporter"}

    def make(self, resource: str, body: Any, namespace: str | None = "own") -> Any:
        where = self.namespace if namespace == "own" else namespace
        return self.admin.create(path_of(resource, where), body)

    def bind(self, name: str, *subjects: dict[str, str]) -> None:
        role = {"apiGroup": RBAC, "kind": "Role", "name": "reader"}
        body = {"metadata": {"name": name}, "roleRef": role, "subjects": list(subjects)}
        self.make(f"rolebindings.{RBAC}", body)

    def pod(self, name: str = "worker") -> Any:
        spec = {"serviceAccountName": "exporter",
                "containers": [{"name": "main", "image": "example.test/export:1",
                                "env": [{"name": "PASSWORD", "value": "hunter2-hunter2"}]}]}  # fmt: skip
        return self.make("pods", {"metadata": {"name": name}, "spec": spec})

    def secret(self, name: str, **more: Any) -> Any:
        return self.make("secrets", {"metadata": {"name": name}, **more})

    def legacy(self, name: str = "exporter-token") -> str:
        owner = {"kubernetes.io/service-account.name": "exporter"}
        self.make("secrets", {"metadata": {"name": name, "annotations": owner},
                              "type": "kubernetes.io/service-account-token"})  # fmt: skip
        for _ in range(100):
            found = self.data(name)
            if "token" in found:
                return found["token"]
            time.sleep(0.1)
        raise AssertionError("the controllers filled no token in")

    def data(self, name: str) -> dict[str, str]:
        found = self.admin.read(path_of("secrets", self.namespace, name)) or {}
        return {k: base64.b64decode(v).decode() for k, v in (found.get("data") or {}).items()}

    def token(self, bound: Any = None, kind: str = "Pod", **spec: Any) -> str:
        asked = {"expirationSeconds": 3600, **spec}
        if bound:
            about = bound["metadata"]
            asked["boundObjectRef"] = {
                "apiVersion": "v1", "kind": kind, "name": about["name"], "uid": about["uid"]
            }  # fmt: skip
        body = {"spec": asked}
        return str(self.admin.create(f"{self.account.path}/token", body)["status"]["token"])

    def code(self, token: str, path: str | None = None) -> int:
        if path is None:
            return self.admin.presented(Secret(token), "POST", SELF, {})
        return self.admin.presented(Secret(token), "GET", path)

    def reads(self, token: str) -> int:
        return self.code(token, path_of("configmaps", self.namespace))

    def authenticated(self, token: str) -> bool:
        checks = TokenProbe(self.admin, Secret(token), [self.server.url]).present()
        return next(one.holds for one in checks if "TokenReview" in one.question) is False

    def wanted(self, token: str, bound_to: str | None = None) -> Wanted:
        return Wanted("k8s_token", jti(token), f"tests/{self.account.identity}", bound_to=bound_to)

    def action(self, name: str) -> Any:
        return next(a for a in self.provider.actions() if a.spec.name == f"kubernetes.{name}")


def jti(token: str) -> str:
    found = claims(Secret(token)).get("jti")
    return f"JTI={found}" if found else "a token of a Secret"


def call(target: Target, **changes: Any) -> Call:
    return replace(Call(target, "run", "1-step", "rekey-run-1-step"), **changes)


@pytest.fixture
def world(kubernetes: server.Cluster) -> World:
    return World(kubernetes)


@pytest.fixture
def incident(world: World, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(token: str, **changes: Any) -> Incident:
        given: dict[str, Any] = {"since": datetime.now(UTC) + timedelta(hours=1)}
        return Incident(
            world.provider, people, tmp_path / "run", jti(token), "k8s_token",
            f"tests/{world.account.identity}", "tests", "kubernetes_service_account_token",
            **given | changes,
        )  # fmt: skip

    return make


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


def test_a_token_that_was_just_used_lives_on_in_the_cache_and_one_that_was_not_dies_at_once(
    world: World,
) -> None:
    """The pitfall itself, with the server's real bound: a check made too early proves nothing."""
    anchor = world.secret("anchor")
    used, unused = (world.token(anchor, "Secret") for _ in range(2))
    assert world.code(used) == 201
    world.admin.delete(path_of("secrets", world.namespace, "anchor"), anchor["metadata"]["uid"])
    gone = time.monotonic()
    time.sleep(0.5)  # the server hears of its own deletion by a watch
    assert world.code(unused) == 401
    assert world.code(used) == 201, "its success is remembered"
    while world.code(used) == 201:
        assert time.monotonic() - gone < CACHE_SECONDS + 2
        time.sleep(0.2)
    assert time.monotonic() - gone > CACHE_SECONDS - 3
    assert all(world.code(used) == 401 for _ in range(3))


def test_each_server_has_a_cache_of_its_own_so_that_all_of_them_are_asked(
    world: World, request: pytest.FixtureRequest
) -> None:
    other = server.second(request.config)
    anchor = world.secret("anchor")
    token = world.token(anchor, "Secret")
    assert world.code(token) == 201, "used at the first server alone"
    world.admin.delete(path_of("secrets", world.namespace, "anchor"), anchor["metadata"]["uid"])
    time.sleep(1)
    checks = TokenProbe(world.admin, Secret(token), [other, world.server.url]).present()
    held = {one.endpoint: one.holds for one in checks if "SelfSubject" in one.question}
    assert held == {other: True, world.server.url: False}
    both = world.connected(endpoints=(world.server.url, other))
    assert both.connection().endpoints == (world.server.url, other)


def test_without_its_binding_a_token_is_denied_and_still_authenticated(world: World) -> None:
    token = world.token()
    target = world.provider.locate(world.wanted(token))
    suspend = world.action("suspend_bindings")
    assert world.reads(token) == 200
    suspend.apply(call(target, before=suspend.observe(call(target))))
    assert suspend.observe(call(target)).effect == "present"
    deadline = time.monotonic() + 5
    while world.reads(token) != 403 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.reads(token) == 403
    assert world.code(token) == 201
    assert world.authenticated(token), "taking rights away revokes nothing"


def test_a_recreated_account_does_not_revive_its_old_tokens(world: World) -> None:
    token = world.token()
    target = world.provider.locate(world.wanted(token))
    recreate = world.action("recreate_service_account")
    before = recreate.observe(call(target))
    applied = recreate.apply(call(target, before=before))
    time.sleep(0.5)
    assert world.code(token) == 401
    assert applied.facts["uid"] != target.facts["uid"]
    assert world.code(world.token()) == 201
    seen = recreate.observe(call(target, before=before, intended_at=datetime.now(UTC)))
    assert (seen.effect, seen.ours, seen.facts) == ("present", True, applied.facts)


def test_an_account_that_was_made_anew_is_another(world: World) -> None:
    target = world.provider.locate(world.wanted(world.token()))
    assert world.provider.resolve(target.kind, target.id, target.given) == target
    found = world.admin.read(world.account.path)
    assert found
    world.admin.delete(world.account.path, found["metadata"]["uid"])
    world.make("serviceaccounts", {"metadata": {"name": "exporter"}})
    with pytest.raises(Gone, match="is gone"):
        world.provider.resolve(target.kind, target.id, target.given)


def test_an_account_that_a_crash_left_deleted_is_made_again_as_it_was(world: World) -> None:
    labels = {"metadata": {"labels": {"team": "export"}}}
    world.admin.patch(world.account.path, labels)
    target = world.provider.locate(world.wanted(world.token()))
    recreate = world.action("recreate_service_account")
    before = recreate.observe(call(target))
    world.admin.delete(world.account.path, str(target.facts["uid"]))
    asked = call(target, before=before, intended_at=datetime.now(UTC))
    assert recreate.observe(asked).effect == "partial"
    recreate.apply(asked)
    made = world.admin.read(world.account.path)
    assert made and made["metadata"]["labels"] == {"team": "export"}
    with pytest.raises(Refused, match="nobody knows"):
        world.admin.delete(world.account.path, made["metadata"]["uid"])
        recreate.apply(call(target))


def test_shared_bindings_lose_one_subject_and_get_it_back(world: World) -> None:
    other = {"kind": "User", "name": "ada", "apiGroup": RBAC}
    world.bind("shared", world.subject, other)
    target = world.provider.locate(world.wanted(world.token()))
    suspend, restore = world.action("suspend_bindings"), world.action("restore_bindings")
    applied = suspend.apply(call(target, before=suspend.observe(call(target))))
    left = world.admin.read(path_of(f"rolebindings.{RBAC}", world.namespace, "shared"))
    assert left and [one["name"] for one in left["subjects"]] == ["ada"]
    assert not naming(world.account, bindings(world.admin))
    with pytest.raises(Refused, match="no earlier step"):
        restore.apply(call(target))
    later = call(target, earlier={"1-suspend_rights": applied.facts})
    assert restore.observe(later).effect == "absent"
    restore.apply(later)
    restore.apply(later)
    assert restore.observe(later).effect == "present"
    assert len(naming(world.account, bindings(world.admin))) == 2
    assert suspend.observe(call(target)).effect == "present", "the same run put them back"
    assert suspend.observe(call(target, run="other")).effect == "absent"


def test_undoing_a_suspension_leaves_no_mark(world: World) -> None:
    target = world.provider.locate(world.wanted(world.token()))
    suspend = world.action("suspend_bindings")
    before: Observation = suspend.observe(call(target))
    suspend.apply(call(target, before=before))
    lost = suspend.observe(call(target, before=before))
    assert (lost.effect, lost.ours, lost.facts) == ("present", True, before.state)
    suspend.compensate(call(target, before=before))
    assert suspend.observe(call(target)).effect == "absent"


def test_rights_of_groups_are_said_and_not_touched(world: World) -> None:
    group = {"kind": "Group", "name": f"system:serviceaccounts:{world.namespace}", "apiGroup": RBAC}
    world.bind("everybody", group)
    target = world.provider.locate(world.wanted(world.token()))
    forecast = world.action("suspend_bindings").forecast(call(target))
    assert forecast.residual and "everybody" in forecast.residual


def test_a_pod_is_recorded_without_its_secrets_and_its_token_dies_with_it(world: World) -> None:
    pod = world.pod()
    token = world.token(pod)
    target = world.provider.locate(world.wanted(token, "worker"))
    assert target.kind == "kubernetes_bound_token"
    record = world.action("record_token_holder").observe(call(target))
    assert record.effect == "present"
    assert record.state["images"] == {"main": "example.test/export:1"}
    assert "hunter2" not in str(record.state)
    delete = world.action("delete_bound_object")
    delete.apply(call(target))
    assert delete.verify(call(target))[0].holds
    time.sleep(0.5)
    assert world.code(token) == 401
    again = world.pod()
    assert delete.observe(call(target)).effect == "present", "another uid is another pod"
    delete.apply(call(target))
    assert world.admin.read(path_of("pods", world.namespace, "worker")) is not None
    late = replace(world.wanted(token, "worker"), issued_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(NotFound, match="younger"):
        world.provider.locate(late)
    assert again["metadata"]["uid"] != pod["metadata"]["uid"]


def test_a_legacy_token_dies_with_its_secret_and_is_its_own_probe(world: World) -> None:
    token = world.legacy()
    target = world.provider.locate(world.wanted(token))
    assert target.kind == "kubernetes_legacy_token"
    delete = world.action("delete_legacy_secret")
    probe = delete.probe(call(target))
    assert probe.grade is Grade.A
    assert [one.holds for one in probe.present()] == [False, False]
    delete.apply(call(target))
    deadline = time.monotonic() + CACHE_SECONDS + 2
    while not all(one.holds for one in probe.present()) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [one.holds for one in probe.present()] == [True, True]
    assert world.code(token) == 401


def test_of_several_token_secrets_a_person_must_choose(world: World) -> None:
    token = world.legacy("one")
    world.legacy("two")
    with pytest.raises(Ambiguous, match="one, two"):
        world.provider.locate(world.wanted(token))
    chosen = replace(world.wanted(token), id=f"{world.namespace}/two")
    assert world.provider.locate(chosen).facts["name"] == "two"


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


def test_what_a_crash_left_of_an_issue_is_ended_first(world: World) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    issue = world.action("issue_bound_token")
    asked = call(target, store=world.store, destination=f"{world.namespace}/delivered#token")
    name = "exporter-rekey-run-1-step"
    orphan = world.make("secrets", {"metadata": {"name": name,
                                    "annotations": {"rekey/marker": "rekey-run-1-step"}}})  # fmt: skip
    lost = world.token(orphan, "Secret")
    assert issue.observe(asked).effect == "partial"
    assert issue.clear(asked) == (name,)
    applied = issue.apply(asked)
    fresh = world.data("delivered")["token"]
    time.sleep(0.5)
    assert (world.code(lost), world.code(fresh)) == (401, 201)
    seen = issue.observe(asked)
    assert (seen.effect, seen.ours, seen.facts) == ("present", True, applied.facts)
    located = world.provider.locate(world.wanted(fresh))
    assert (located.kind, located.facts["name"]) == ("kubernetes_bound_token", name)
    with pytest.raises(Refused, match="keeps no earlier version"):
        issue.compensate(asked)
    assert world.code(fresh) == 201, "whoever reads the store goes on working"


def test_a_token_that_was_stored_and_has_to_be_made_again_is_stored_again(world: World) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    issue, name = world.action("issue_bound_token"), "exporter-rekey-run-1-step"
    asked = call(target, store=world.store, destination=f"{world.namespace}/delivered")
    issue.apply(asked)
    lost = world.data("delivered")["value"]
    unnamed = {"metadata": {"annotations": {CREDENTIAL: None}}}
    world.admin.patch(path_of("secrets", world.namespace, name), unnamed)
    assert issue.observe(asked).effect == "partial", "as a crash leaves it before the last call"
    issue.clear(asked)
    issue.apply(asked)
    fresh = world.data("delivered")["value"]
    time.sleep(0.5)
    assert (world.code(lost), world.code(fresh)) == (401, 201)
    assert issue.observe(asked).effect == "present"


def test_without_an_audit_log_nobody_can_see_a_token_used(world: World) -> None:
    target = world.provider.locate(world.wanted(world.legacy()))
    forecast = world.action("confirm_token_used").forecast(call(target))
    assert forecast.impossible and "audit_log" in forecast.impossible


def test_a_token_for_another_audience_is_reviewed_for_that_one(world: World) -> None:
    anchor = world.secret("anchor")
    token = world.token(anchor, "Secret", audiences=["vault"])
    probe = TokenProbe(world.admin, Secret(token), [world.server.url])
    assert [one.holds for one in probe.present()] == [False], "presenting it proves nothing"
    world.admin.delete(path_of("secrets", world.namespace, "anchor"), anchor["metadata"]["uid"])
    deadline = time.monotonic() + CACHE_SECONDS + 2
    while not probe.present()[0].holds and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [one.holds for one in probe.present()] == [True]


def test_a_pod_whose_node_is_silent_counts_as_dead_once_its_leeway_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = world.pod()
    path = path_of("pods", world.namespace, "worker")
    target = world.provider.locate(world.wanted(world.token(pod), "worker"))
    # A finalizer keeps it in the lists, as a node does that never says that it ended.
    world.admin.patch(path, {"metadata": {"finalizers": ["example.test/kept"]}})
    delete = world.action("delete_bound_object")
    delete.apply(call(target))
    assert delete.observe(call(target)).effect == "absent"
    monkeypatch.setattr(cut_actions, "LEEWAY", timedelta(seconds=-5))
    assert delete.observe(call(target)).effect == "present"
    world.admin.patch(path, {"metadata": {"finalizers": None}})


def test_what_a_pod_was_is_kept_without_the_values_of_its_variables(world: World) -> None:
    target = world.provider.locate(world.wanted(world.token(world.pod()), "worker"))
    files = world.action("record_token_holder").collect(call(target))
    kept = json.loads(files["pod.json"])
    (container,) = kept["spec"]["containers"]
    assert (container["image"], container["env"][0]["name"]) == (
        "example.test/export:1",
        "PASSWORD",
    )
    assert b"hunter2" not in files["pod.json"]


def test_the_survey_finds_what_the_thief_left_and_not_what_the_run_made(world: World) -> None:
    since = datetime.now(UTC) + timedelta(seconds=1)
    time.sleep(2.1)  # times of objects are whole seconds
    world.bind("backdoor", world.subject)
    world.legacy("late")
    target = world.provider.locate(world.wanted(world.token()))
    survey = world.action("survey_service_account")
    answer = survey.verify(call(target, since=since))[0]
    assert answer.holds is False
    backdoor = f"rolebindings.{RBAC}/{world.namespace}/backdoor"
    assert backdoor in answer.answer
    assert f"secrets/{world.namespace}/late" in answer.answer
    assert "/reads" not in answer.answer.replace(f"{world.namespace}/reader", "")
    suspend, restore = world.action("suspend_bindings"), world.action("restore_bindings")
    facts = suspend.apply(call(target, before=suspend.observe(call(target)))).facts
    later = call(target, since=since, earlier={"1-suspend_rights": facts})
    answer = survey.verify(later)[0]
    assert "backdoor" in answer.answer, "what the run itself took away is still the thief's"
    restore.apply(later)
    assert restore.observe(later).effect == "present"
    names = {one["metadata"]["name"] for one in naming(world.account, bindings(world.admin))}
    assert names == {"reads"}, "he does not get it back"
    explained = replace(later, explained=frozenset({backdoor}))
    restore.apply(explained)
    names = {one["metadata"]["name"] for one in naming(world.account, bindings(world.admin))}
    assert names == {"reads", "backdoor"}


def test_the_survey_finds_rights_that_were_changed_and_what_the_audit_log_tells(
    world: World,
) -> None:
    world.bind("others", {"kind": "User", "name": "somebody"})
    role = path_of(f"roles.{RBAC}", world.namespace, "reader")
    world.provider = world.connected(audit_log=world.server.audit)
    target, token = world.provider.locate(world.wanted(world.token())), world.token()
    since = datetime.now(UTC) + timedelta(seconds=1)
    time.sleep(2.1)  # times of objects are whole seconds
    survey = world.action("survey_service_account")
    asked = call(target, since=since)
    assert survey.verify(asked)[0].holds, survey.verify(asked)[0].answer
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    world.admin.patch(role, {"rules": rules})
    world.admin.patch(
        path_of(f"rolebindings.{RBAC}", world.namespace, "others"),
        {"subjects": [world.subject]},
    )
    thief = Cluster(replace(access(world.server.kubeconfig), login=Fixed(Secret(token))))
    thief.create(path_of("configmaps", world.namespace), {"metadata": {"name": "left"}})
    deadline, found = time.monotonic() + 10, ""
    while "configmaps" not in found and time.monotonic() < deadline:
        found = survey.verify(asked)[0].answer
    assert f"roles.{RBAC}/{world.namespace}/reader, changed since" in found
    assert f"rolebindings.{RBAC}/{world.namespace}/others, changed since" in found
    assert f"create:configmaps:{world.namespace}/configmaps/left" in found


def test_rekey_is_told_from_its_targets_and_the_cluster_by_its_uid(world: World) -> None:
    system = world.admin.read(path_of("namespaces", None, "kube-system"))
    connection = world.provider.connection()
    assert system and connection.scope == system["metadata"]["uid"]
    assert connection.principal == "admin"
    stranger = world.connected()
    stranger._cluster = Cluster(replace(access(world.server.kubeconfig), login=None))
    with pytest.raises(SelfUnknown):
        stranger.connection()


def test_the_role_that_rekey_writes_is_enough(world: World) -> None:
    permissions = {p for action in world.provider.actions() for p in action.spec.permissions}
    role = yaml.safe_load(world.provider.policy(permissions))
    role["metadata"]["name"] = world.namespace
    world.make(f"clusterroles.{RBAC}", role, None)
    world.make("serviceaccounts", {"metadata": {"name": "responder"}})
    subject = {**world.subject, "name": "responder"}
    world.make(
        f"clusterrolebindings.{RBAC}",
        {"metadata": {"name": world.namespace}, "subjects": [subject],
         "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": world.namespace}}, None,
    )  # fmt: skip
    token = world.admin.create(
        path_of("serviceaccounts", world.namespace, "responder") + "/token", {"spec": {}}
    )["status"]["token"]
    limited = world.connected()
    own = replace(access(world.server.kubeconfig), login=Fixed(Secret(token)))
    limited._cluster = Cluster(own)
    assert set(limited.permitted(permissions).values()) == {True}
    needed = world.store.permissions
    assert set(world.store.provider.permitted(needed).values()) == {True}
    world.provider = limited
    target = limited.locate(world.wanted(world.token()))
    for name in ("suspend_bindings", "recreate_service_account"):
        action = world.action(name)
        action.apply(call(target, before=action.observe(call(target))))
    assert world.action("survey_service_account").observe(call(target)).effect == "present"


def test_the_store_keeps_other_keys_and_knows_its_marker(world: World) -> None:
    place = f"{world.namespace}/kept"
    world.secret("kept", stringData={"host": "db", "value": "old"})
    version = world.store.write(place, Secret("new"), "m1")
    assert world.data("kept") == {"host": "db", "value": "new"}
    assert world.store.find(place, "m1") == version
    assert world.store.write(place, Secret("newer"), "m1") == version, "once for a marker"
    assert world.store.find(place, "m2") is None
    world.store.write(f"{world.namespace}/fresh", Secret('{"a": "1", "b": "2"}'), "m2")
    assert world.data("fresh") == {"a": "1", "b": "2"}
    with pytest.raises(Refused):
        world.store.write("../kube-system/x", Secret("x"), "m3")


def test_accounts_of_the_cluster_itself_are_protected(world: World) -> None:
    wanted = Wanted("k8s_token", "JTI=x", "system:serviceaccount:kube-system:default")
    for _ in range(50):
        if world.admin.read(path_of("serviceaccounts", "kube-system", "default")):
            break
        time.sleep(0.1)
    target = world.provider.locate(wanted)
    assert world.provider.protected(target)
    with pytest.raises(NotFound, match="no service account"):
        world.provider.locate(replace(wanted, actor="ada"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"context": "nowhere"}, "no context"),
        ({"kubeconfig": "/nowhere/config"}, "no kubeconfig"),
        ({"endpoint": "x"}, "option endpoint"),
    ],
)  # fmt: skip
def test_wrong_options_are_said(
    kubernetes: server.Cluster, options: dict[str, str], message: str
) -> None:
    with pytest.raises(RekeyError, match=message):
        connect({"kubeconfig": str(kubernetes.kubeconfig), **options})
