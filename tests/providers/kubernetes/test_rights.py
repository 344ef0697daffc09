"""The role that rekey writes is enough for what it does."""

from dataclasses import replace

import yaml

from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.login import Fixed
from tests.providers.kubernetes.world import RBAC, World, call


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
