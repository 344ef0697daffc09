"""Which cluster it is, as whom we come, and what in it is not ours to touch."""

import time
from dataclasses import replace

import pytest

from rekey.containment.errors import NotFound, SelfUnknown
from rekey.containment.target import Wanted
from rekey.errors import RekeyError
from rekey.providers.kubernetes import connect
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.kubeconfig import access
from tests.engines import kubernetes as server
from tests.providers.kubernetes.world import World


def test_rekey_is_told_from_its_targets_and_the_cluster_by_its_uid(world: World) -> None:
    system = world.admin.read(path_of("namespaces", None, "kube-system"))
    connection = world.provider.connection()
    assert system and connection.scope == system["metadata"]["uid"]
    assert connection.principal == "admin"
    stranger = world.connected()
    stranger._cluster = Cluster(replace(access(world.server.kubeconfig), login=None))
    with pytest.raises(SelfUnknown):
        stranger.connection()


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
