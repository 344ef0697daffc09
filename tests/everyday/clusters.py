"""Callers of the API of clusters: pods, kubelets and IAM roles, as each cluster writes them down.

The cluster's name tells where it runs, and so how its records come: see ``write``.
"""

from collections.abc import Sequence
from dataclasses import replace

from fixtures.scenarios.generator import kubernetes, sts
from fixtures.scenarios.generator.aws import Origin, Role, Trail
from fixtures.scenarios.generator.identities import ISSUER, service_account, stable_uuid
from fixtures.scenarios.generator.kubernetes import Account, Caller, Cluster, Node, Pod
from fixtures.scenarios.generator.world import Record, World
from tests.everyday import networks

EKS, AKS, VANILLA = "prod-eu1", "AKS-PROD", "metal"
NODES = {
    EKS: "ip-10-0-{}-{}.eu-central-1.compute.internal",
    AKS: "aks-nodepool1-3041592{}-vmss0000{:02d}",
    VANILLA: "worker-{}-{}",
}
"""Names of nodes, of a rack or zone and a number."""
AKS_OUTBOUND = ("203.0.113.60", "203.0.113.60", "198.51.100.61")
"""A NAT gateway with two addresses: https://learn.microsoft.com/en-us/azure/aks/nat-gateway"""
AKS_PROXY = "172.31.9.1"
"""The second of the ``sourceIPs``: the tunnel by which nodes reach the API server."""


class Clusters:
    """The clusters, as one component sees them."""

    def __init__(self, world: World) -> None:
        self.world, self.trail = world, Trail(world)
        self._clusters = {
            name: Cluster(world, name, "eu-central-1", ISSUER) for name in (EKS, AKS, VANILLA)
        }

    def start(self, cluster: str, account: Account, owner: str = "") -> Pod:
        """Start a pod on some node of a cluster."""
        number = self.world.random.randrange(36)
        name = NODES[cluster].format(number // 10, number)
        ip = f"10.0.{number // 10}.{number}"
        node = Node(name, ip, f"i-0{number:016x}", stable_uuid("node", cluster, name))
        suffix = "".join(self.world.random.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
        address = networks.pod(self.world.random)
        pod = Pod(f"{owner or account.name}-{suffix}", self.world.uuid(), address, node, account)
        pod.token = f"JTI={self.world.uuid()}"
        return pod

    def job(self, cluster: str, namespace: str, name: str) -> Pod:
        """Start the pod of a run of a CronJob."""
        account = service_account(namespace, name)
        return self.start(cluster, account, f"{name}-{self.world.hex(8)}")

    def role(self, role: Role, subject: str, at: float, agent: str, ip: str) -> Caller:
        """Let a CI job take a role, and speak to the cluster with it.

        https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html
        """
        session = sts.web_identity(
            self.trail, role, sts.GITHUB, subject, "GitHubActions", at - 8, Origin(ip, agent)
        )
        user = kubernetes.iam_user(session, session.identity["arn"], ("system:authenticated",))
        return Caller(
            user,
            ip,
            agent,
            'RBAC: allowed by ClusterRoleBinding "ci" of ClusterRole "edit" to Group "ci"',
        )

    def pod(self, pod: Pod, agent: str) -> Caller:
        """Give a pod as a caller; it speaks with the token that its kubelet keeps fresh."""
        assert pod.token is not None
        reason = f'RBAC: allowed by ClusterRoleBinding "{pod.account.name}" of ClusterRole "{pod.account.name}" to ServiceAccount "{pod.account.name}/{pod.account.namespace}"'
        return Caller(kubernetes.account_user(pod.account, pod.token, pod), pod.ip, agent, reason)

    def call(
        self, cluster: str, caller: Caller, verb: str, resource: str, at: float,
        namespace: str | None = None, name: str | None = None, *,
        query: Record | None = None, body: Record | None = None, code: int | None = None,
        annotations: Record | None = None, sources: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Record a request; AKS sees all of them come through its tunnel."""
        record = self._clusters[cluster].call(
            caller, verb, resource, at, namespace, name,
            query=query, body=body, code=code, annotations=annotations,
        )  # fmt: skip
        if cluster == AKS:
            sources = (self.world.random.choice(AKS_OUTBOUND), AKS_PROXY)
        if sources:
            record["sourceIPs"] = list(sources)

    def ask(self, cluster: str, caller: Caller, path: str, at: float) -> None:
        """Record a question to the server itself, about no object."""
        record = self._clusters[cluster].call(caller, "get", "", at)
        del record["objectRef"]
        record["requestURI"] = path


def moved(pod: Pod, ip: str) -> Pod:
    """Give the same pod, seen at another address."""
    other = replace(pod, ip=ip)
    other.token = pod.token
    return other
