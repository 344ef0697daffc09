"""People with kubectl."""

from functools import partial

from fixtures.scenarios.generator import kubernetes, sts
from fixtures.scenarios.generator.clock import DAY, daytime, steady
from fixtures.scenarios.generator.identities import PROD, role, service_account
from fixtures.scenarios.generator.kubernetes import CREATED, Caller
from fixtures.scenarios.generator.ordinary.people import KUBECTL, SSO_PATH
from fixtures.scenarios.generator.world import World
from tests.everyday.clusters import EKS, VANILLA, Clusters
from tests.everyday.components.kubernetes_ci import SWITCHING_PROTOCOLS
from tests.everyday.networks import office
from tests.everyday.world import PERIOD, Component


def developers_on_eks(world: World) -> None:
    """Look at pods and secrets, and open a shell.

    https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html
    """
    clusters = Clusters(world)
    developer = role(PROD, "AWSReservedSSO_Dev_0a1b2c3d4e5f6071", SSO_PATH)
    shell = {"command": "sh", "tty": "true", "stdin": "true"}

    def work(person: int, at: float) -> None:
        session = sts.single_sign_on(clusters.trail, developer, f"k{person}@example.com", at)
        user = kubernetes.iam_user(session, session.identity["arn"], ("system:authenticated",))
        someone = Caller(user, office(50 + person), KUBECTL)
        clusters.call(EKS, someone, "create", "selfsubjectaccessreviews", at + 9)
        clusters.call(EKS, someone, "list", "pods", at + 20, "apps")
        clusters.call(EKS, someone, "get", "secrets", at + 90, "apps", "web")
        clusters.call(
            EKS,
            someone,
            "create",
            "pods/exec",
            at + 300,
            "apps",
            "web-1",
            query=shell,
            code=SWITCHING_PROTOCOLS,
        )
        clusters.call(EKS, someone, "list", "secrets", at + 900, "apps")

    for person in range(6):
        world.plan(daytime(world.random, PERIOD, 1), partial(work, person))


def administrator_with_a_certificate(world: World) -> None:
    """admin.conf of kubeadm; a shell on a node now and then, as `kubectl debug node` makes it.

    https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/
    https://kubernetes.io/docs/tasks/debug/debug-cluster/kubectl-node-debug/
    """
    clusters = Clusters(world)
    user = {
        "username": "kubernetes-admin",
        "groups": ["kubeadm:cluster-admins", "system:authenticated"],
        "extra": {kubernetes.CREDENTIAL: [f"X509SHA256={world.hex(64)}"]},
    }
    admin = Caller(user, "10.8.0.4", "kubectl/v1.33.4 (linux/amd64) kubernetes/74cd2e7")
    box = {
        "name": "debugger",
        "image": "alpine",
        "volumeMounts": [{"name": "host-root", "mountPath": "/host"}],
    }
    volume = {"name": "host-root", "hostPath": {"path": "/"}}
    spec = {"hostPID": True, "hostNetwork": True, "containers": [box], "volumes": [volume]}
    body = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "node-debugger-1"},
        "spec": spec,
    }

    def work(at: float) -> None:
        for verb, resource in (
            ("list", "pods"),
            ("list", "secrets"),
            ("get", "nodes"),
            ("patch", "deployments"),
        ):
            clusters.call(
                VANILLA, admin, verb, resource, at, "apps", None if verb == "list" else "web"
            )
            at += world.pause(20, 400)

    def debug(at: float) -> None:
        clusters.call(
            VANILLA,
            admin,
            "create",
            "pods",
            at,
            "default",
            "node-debugger-1",
            body=body,
            code=CREATED,
        )

    world.plan(daytime(world.random, PERIOD, 1), work)
    world.plan((PERIOD.start + day * DAY + 36000 for day in (7, 17, 27)), debug)


def administrators_of_distributions(world: World) -> None:
    """Superusers with kubectl whose names begin with system: that of k3s and OpenShift, and that of Gardener.

    https://docs.k3s.io/cluster-access
    https://github.com/gardener/gardener/blob/master/pkg/component/kubernetes/apiserver/secrets.go
    """
    clusters = Clusters(world)

    def work(name: str, at: float) -> None:
        user = {"username": name, "groups": ["system:masters", "system:authenticated"]}
        admin = Caller(user, office(64), "kubectl/v1.33.4 (linux/amd64) kubernetes/74cd2e7")
        for verb, resource in (("list", "pods"), ("get", "nodes"), ("patch", "deployments")):
            clusters.call(
                VANILLA, admin, verb, resource, at, "apps", None if verb == "list" else "web"
            )
            at += world.pause(20, 400)

    for name in ("system:admin", "system:cluster-admin"):
        world.plan(daytime(world.random, PERIOD, 1), partial(work, name))


def dashboard(world: World) -> None:
    """The Kubernetes Dashboard: its own keys and settings, and what those do who are logged in.

    https://github.com/kubernetes/dashboard/blob/v2.7.0/aio/deploy/recommended.yaml
    """
    clusters = Clusters(world)
    own, agent = service_account("kubernetes-dashboard", "kubernetes-dashboard"), "dashboard/v2.7.0"
    pod = clusters.start(VANILLA, own)
    itself = clusters.pod(pod, agent)

    def keep(at: float) -> None:
        key = "kubernetes-dashboard-key-holder"
        clusters.call(VANILLA, itself, "get", "secrets", at, own.namespace, key)
        clusters.call(
            VANILLA, itself, "get", "configmaps", at + 1, own.namespace, f"{own.name}-settings"
        )

    def restart(at: float) -> None:
        for name in ("key-holder", "csrf"):
            clusters.call(
                VANILLA, itself, "update", "secrets", at, own.namespace, f"{own.name}-{name}"
            )

    def look(person: int, at: float) -> None:
        user = {"username": f"d{person}@example.com", "groups": ["system:authenticated"]}
        someone = Caller(user, pod.ip, agent)
        for resource in ("namespaces", "deployments", "pods", "secrets"):
            clusters.call(VANILLA, someone, "list", resource, at, "apps")
        clusters.call(VANILLA, someone, "update", "deployments", at + 90, "apps", "web")

    world.plan(steady(world.random, PERIOD, 24), keep)
    world.plan((PERIOD.start + day * DAY + 7200 for day in (3, 12, 24)), restart)
    for person in range(3):
        world.plan(daytime(world.random, PERIOD, 1), partial(look, person))


COMPONENTS = (
    Component(developers_on_eks, 6),
    Component(administrator_with_a_certificate, 1),
    Component(administrators_of_distributions, 2),
    Component(dashboard, 4),
)
