"""Secrets of a cluster as the place for successors, and whether they could be written."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from rekey.containment.errors import Denied, Refused
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.issue_actions import CREDENTIAL
from rekey.providers.kubernetes.kubeconfig import Access, access
from rekey.providers.kubernetes.login import Fixed
from rekey.providers.kubernetes.store import ClusterSecretStore
from tests.faults.faults import Lie
from tests.faults.proxy import FaultProxy
from tests.providers.incident import Hasty, Incident
from tests.providers.kubernetes.world import RBAC, World, jti

REVIEWS = "selfsubjectaccessreviews"
WRITER = {"kind": "ServiceAccount", "name": "writer"}


def rule(*verbs: str, name: str | None = None) -> dict[str, Any]:
    """Write a rule over Secrets: over all of the namespace, or over one."""
    about = {"resourceNames": [name]} if name else {}
    return {"apiGroups": [""], "resources": ["secrets"], "verbs": list(verbs), **about}


def writer(world: World) -> Access:
    """Come as an account of the namespace that may do nothing yet."""
    world.make("serviceaccounts", {"metadata": {"name": "writer"}})
    path = path_of("serviceaccounts", world.namespace, "writer")
    token = world.admin.create(f"{path}/token", {"spec": {}})["status"]["token"]
    return replace(access(world.server.kubeconfig), login=Fixed(Secret(token)))


def grant(world: World, *rules: dict[str, Any], to: dict[str, str] = WRITER) -> None:
    """Let somebody do this in the namespace."""
    world.make(f"roles.{RBAC}", {"metadata": {"name": "writes"}, "rules": list(rules)})
    subject = to if to["kind"] == "User" else {**to, "namespace": world.namespace}
    role = {"apiGroup": RBAC, "kind": "Role", "name": "writes"}
    body = {"metadata": {"name": "writes"}, "roleRef": role, "subjects": [subject]}
    world.make(f"rolebindings.{RBAC}", body)


def opened(world: World, own: Access) -> ClusterSecretStore:
    """Open the store as soon as the server knows of its rights: it watches its own objects."""
    store = ClusterSecretStore(Cluster(own), "kubernetes")
    deadline = time.monotonic() + 10
    while True:
        try:
            store.find(f"{world.namespace}/there", "m")
        except Denied:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return store


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


@pytest.mark.parametrize(
    ("rules", "name", "missing"),
    [
        ([rule("get", "patch")], "there", None),
        ([rule("get", "patch", name="there")], "there", None),
        ([rule("get", "patch", "create")], "fresh", None),
        ([rule("get", "update", "create")], "there", "patch secrets"),
        ([rule("get"), rule("patch", name="other")], "there", "patch secrets"),
        ([rule("get", "patch")], "fresh", "create secrets"),
        ([rule("get", "patch"), rule("create", name="fresh")], "fresh", "create secrets"),
        ([rule("get", "create")], "fresh", "patch secrets"),
    ],
    ids=["to patch", "to patch this one", "to make", "no patch", "to patch another", "not to make",
         "to make by name, which is nothing", "to make and not to patch"],
)  # fmt: skip
def test_it_is_ready_where_writing_succeeds_and_nowhere_else(
    world: World, rules: list[dict[str, Any]], name: str, missing: str | None
) -> None:
    world.secret("there")
    own, place = writer(world), f"{world.namespace}/{name}"
    grant(world, *rules)
    store = opened(world, own)
    if missing is None:
        assert store.unready(place) is None
        store.write(place, Secret("new"), "m1")
        assert world.data(name) == {"value": "new"}
    else:
        assert store.unready(place) == f"{missing} on {place} is missing"
        with pytest.raises(Denied, match=missing.split()[0]):
            store.write(place, Secret("new"), "m1")


def test_a_place_that_may_not_be_read_or_is_none_is_not_ready(world: World) -> None:
    store = ClusterSecretStore(Cluster(writer(world)), "kubernetes")
    assert "denies get" in str(store.unready(f"{world.namespace}/there"))
    assert "no namespace/name" in str(store.unready("there"))


def test_the_role_of_the_store_is_enough_to_write(world: World) -> None:
    role = yaml.safe_load(world.store.provider.policy(world.store.permissions))
    own = writer(world)
    grant(world, *role["rules"])
    store = opened(world, own)
    assert store.unready(f"{world.namespace}/fresh") is None
    store.write(f"{world.namespace}/fresh", Secret("new"), "m1")
    assert world.data("fresh") == {"value": "new"}


def test_whoever_may_not_ask_what_he_may_is_told_that_it_is_unknown(world: World) -> None:
    """Only who is not known to the server lacks that right, and he may hold others."""
    world.secret("there")
    grant(world, rule("get", "patch"), to={"kind": "User", "name": "system:anonymous"})
    store = opened(world, replace(access(world.server.kubeconfig), login=None))
    told = str(store.unready(f"{world.namespace}/there"))
    assert told.startswith("whether it may be written there cannot be told")
    assert f"create /apis/authorization.k8s.io/v1/{REVIEWS}" in told


def test_an_authorizer_that_fails_makes_it_unknown_and_not_missing(world: World) -> None:
    world.secret("there")
    said = {"kind": "SelfSubjectAccessReview",
            "status": {"allowed": False, "evaluationError": "the webhook timed out"}}  # fmt: skip
    place, own = f"{world.namespace}/there", access(world.server.kubeconfig)
    with FaultProxy(own.server, upstream_ca=world.server.authority) as proxy:
        proxy.plan(Lie(body=json.dumps(said).encode()), at=lambda one: REVIEWS in one.path)
        store = ClusterSecretStore(Cluster(replace(own, server=proxy.url)), "kubernetes")
        assert store.unready(place) == f"whether we hold patch secrets on {place} cannot be told"
        assert store.unready(place) is None


def test_a_binding_to_a_role_that_is_gone_makes_nothing_unknown(world: World) -> None:
    world.secret("there")
    own, place = writer(world), f"{world.namespace}/there"
    gone = {"apiGroup": RBAC, "kind": "Role", "name": "gone"}
    subject = {**WRITER, "namespace": world.namespace}
    body = {"metadata": {"name": "dangles"}, "roleRef": gone, "subjects": [subject]}
    world.make(f"rolebindings.{RBAC}", body)
    grant(world, rule("get"))
    assert opened(world, own).unready(place) == f"patch secrets on {place} is missing"


def test_without_the_right_to_write_no_token_is_made(
    world: World, incident: Callable[..., Incident]
) -> None:
    world.provider = world.connected(audit_log=world.server.audit, token_lifetime_seconds=3600)
    old = world.token(world.secret("anchor"), "Secret")
    mark = {"metadata": {"annotations": {CREDENTIAL: jti(old)}}}
    world.admin.patch(path_of("secrets", world.namespace, "anchor"), mark)
    world.secret("there")
    own = writer(world)
    grant(world, rule("get", "patch"))
    store, place = opened(world, own), f"{world.namespace}/there"
    one = incident(old, store=store, destination=place, clock=Hasty(0.005))
    plan = one.plan("rotate")
    assert "1-issue_token" in {step.id for step in plan.steps}
    role = path_of(f"roles.{RBAC}", world.namespace, "writes")
    world.admin.patch(role, {"rules": [rule("get")]})
    deadline = time.monotonic() + 10
    while store.unready(place) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    secrets = world.admin.items(path_of("secrets", world.namespace), metadata=True)
    done = one.run(plan)
    assert done.steps["1-issue_token"].status is Status.FAILED
    assert f"patch secrets on {place} is missing" in done.steps["1-issue_token"].reason
    assert world.admin.items(path_of("secrets", world.namespace), metadata=True) == secrets
    assert world.code(old) == 201
    (left,) = [out.why for out in one.plan("rotate").left_out if out.step == "1-issue_token"]
    assert f"cannot take it: patch secrets on {place} is missing" in left
