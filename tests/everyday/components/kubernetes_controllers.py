"""Controllers inside a cluster, on EKS, on AKS, and on a cluster of our own machines."""

from dataclasses import dataclass
from functools import partial

from fixtures.scenarios.generator import kubernetes
from fixtures.scenarios.generator.clock import DAY, nightly, steady
from fixtures.scenarios.generator.identities import service_account
from fixtures.scenarios.generator.kubernetes import CREATED, Pod
from fixtures.scenarios.generator.world import World
from tests.everyday import networks
from tests.everyday.clusters import AKS, EKS, VANILLA, Clusters, moved
from tests.everyday.world import PERIOD, Component

NAMESPACES = ("apps", "payments", "shop")
CLUSTER_ADMIN = {
    "apiGroup": "rbac.authorization.k8s.io",
    "kind": "ClusterRole",
    "name": "cluster-admin",
}


@dataclass(frozen=True)
class Controller:
    """Namespace, name and agent of a controller, and what it does each round."""

    namespace: str
    name: str
    agent: str
    acts: tuple[str, ...]


CONTROLLERS = (
    # https://argo-cd.readthedocs.io/en/stable/operator-manual/security/#cluster-rbac
    Controller("argocd", "argocd-application-controller", "argocd-application-controller/v3.1.1 (linux/amd64) kubernetes/$Format",
               ("list applications", "patch deployments", "get secrets", "create rolebindings")),
    # https://fluxcd.io/flux/security/#controller-permissions
    Controller("flux-system", "kustomize-controller", "kustomize-controller/v0.0.0 (linux/amd64) kubernetes/$Format",
               ("patch deployments", "get secrets", "patch rolebindings")),
    # https://cert-manager.io/docs/installation/best-practice/#use-least-privilege-rbac
    Controller("cert-manager", "cert-manager", "cert-manager-certificates-issuing/v1.18.2 (linux/amd64) cert-manager/7a3f",
               ("list certificates", "get secrets", "update secrets", "create secrets")),
    # https://external-secrets.io/latest/api/components/
    Controller("external-secrets", "external-secrets", "external-secrets/v0.19.2 (linux/amd64) kubernetes/$Format",
               ("list externalsecrets", "get secrets", "update secrets", "create serviceaccounts/token")),
    # https://karpenter.sh/docs/reference/threat-model/
    Controller("karpenter", "karpenter", "karpenter/v0.0.0 (linux/amd64) kubernetes/$Format",
               ("list nodeclaims", "create nodeclaims", "get pods", "delete nodes")),
    # https://velero.io/docs/main/rbac/
    Controller("velero", "velero", "velero-server/v1.16.2 (linux/amd64) 4c20ae1", ("list secrets", "list pods", "list configmaps")),
    # https://aquasecurity.github.io/trivy-operator/latest/docs/vulnerability-scanning/private-registries/
    Controller("trivy-system", "trivy-operator", "trivy-operator/v0.0.0 (linux/amd64) kubernetes/$Format",
               ("list pods", "list secrets", "create jobs")),
    # https://prometheus-operator.dev/docs/platform/rbac/
    Controller("monitoring", "prometheus-k8s", "Prometheus/3.5.0", ("list pods", "list endpointslices", "list services")),
    # https://kubernetes.github.io/ingress-nginx/deploy/rbac/
    Controller("ingress-nginx", "ingress-nginx", "nginx-ingress-controller/v1.13.1 (linux/amd64) ingress-nginx/8b9c", ("list ingresses", "list secrets")),
    # https://cloudnative-pg.io/documentation/current/security/#role-based-access-control-rbac
    Controller("cnpg-system", "cnpg-manager", "manager/v0.0.0 (linux/amd64) kubernetes/$Format", ("get secrets", "list pods", "create pods", "update secrets")),
    Controller("kube-system", "ebs-csi-controller-sa", "csi-provisioner/v5.3.0 (linux/amd64) kubernetes/$Format", ("list persistentvolumeclaims",)),
    Controller("apps", "api", "api/v1.2.3 (linux/amd64) kubernetes/$Format", ("get configmaps", "list endpointslices")),
    Controller("apps", "worker", "worker/v1.2.3 (linux/amd64) kubernetes/$Format", ("list pods", "get leases")),
)  # fmt: skip


def _controllers(cluster: str, world: World) -> None:
    """Each is restarted every few days, and comes up on another node."""
    clusters = Clusters(world)
    pods: dict[str, Pod] = {}

    def start(one: Controller, at: float) -> None:
        del at
        pods[one.name] = clusters.start(cluster, service_account(one.namespace, one.name))

    def work(one: Controller, at: float) -> None:
        caller = clusters.pod(pods[one.name], one.agent)
        for act in one.acts:
            verb, resource = act.split()
            everywhere = verb == "list"
            space = None if everywhere else world.random.choice(NAMESPACES)
            name = None if everywhere else one.name
            clusters.call(cluster, caller, verb, resource, at, space, name)
            at += world.pause()

    for one in CONTROLLERS:
        world.plan((PERIOD.start + day * DAY for day in range(0, 28, 4)), partial(start, one))
        world.plan(steady(world.random, PERIOD, 2.5), partial(work, one))


def eks_controllers(world: World) -> None:
    """Controllers whose pods reach the API server from their own addresses.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """
    _controllers(EKS, world)


def aks_controllers(world: World) -> None:
    """Controllers whose pods reach the API server by one of two outbound addresses.

    https://learn.microsoft.com/en-us/azure/aks/nat-gateway
    """
    _controllers(AKS, world)


def pods_on_control_plane_nodes(world: World) -> None:
    """Three API servers: towards the two on other machines, a pod's address is its node's.

    https://kubernetes.io/docs/tutorials/services/source-ip/
    """
    clusters = Clusters(world)

    def work(pod: Pod, node: int, at: float) -> None:
        seen = moved(pod, world.random.choice((pod.ip, f"10.0.0.{node + 5}")))
        agent = f"{pod.account.name}/v0.0.0 (linux/amd64) kubernetes/$Format"
        resource = world.random.choice(("pods", "nodes", "services"))
        clusters.call(VANILLA, clusters.pod(seen, agent), "list", resource, at)

    for namespace, name in (
        ("metallb-system", "controller"),
        ("calico-system", "calico-kube-controllers"),
        ("tigera-operator", "tigera-operator"),
    ):
        for node in range(3):
            pod = clusters.start(VANILLA, service_account(namespace, name))
            world.plan(steady(world.random, PERIOD, 5), partial(work, pod, node))


def cron_jobs(world: World) -> None:
    """Kubectl in a CronJob: a new pod each night, on AKS and on EKS.

    https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#using-kubectl-proxy
    """
    clusters = Clusters(world)
    kubectl = "kubectl/v1.33.4 (linux/amd64) kubernetes/74cd2e7"

    def clean(cluster: str, name: str, at: float) -> None:
        caller = clusters.pod(clusters.job(cluster, "ops", name), kubectl)
        clusters.call(cluster, caller, "list", "pods", at, "ops")
        clusters.call(cluster, caller, "delete", "pods", at + 5, "ops", "old")

    for number in range(3):
        world.plan(nightly(world.random, PERIOD, 2), partial(clean, AKS, f"cleanup-{number}"))
    world.plan(nightly(world.random, PERIOD, 3), partial(clean, EKS, "rollout-restart"))


def database_operator(world: World) -> None:
    """Reads the password of each database; a new one is made every few days.

    https://cloudnative-pg.io/documentation/current/applications/#secrets
    """
    clusters = Clusters(world)
    pod = clusters.start(EKS, service_account("cnpg-system", "cnpg-operator-2"))
    databases = ("red", "green", "blue", "grey", "pink", "gold", "teal", "navy")
    caller = clusters.pod(pod, "manager/v0.0.0 (linux/amd64) kubernetes/$Format")

    def reconcile(at: float) -> None:
        known = databases[: 1 + int((at - PERIOD.start) // (4 * DAY))]
        for name in known:
            clusters.call(EKS, caller, "get", "secrets", at, f"db-{name}", "app")
            at += 1

    world.plan(steady(world.random, PERIOD, 4), reconcile)


def crossplane(world: World) -> None:
    """Makes what teams have claimed, bindings for their groups included.

    https://github.com/crossplane-contrib/provider-kubernetes
    """
    clusters = Clusters(world)
    pod = clusters.start(EKS, service_account("crossplane-system", "provider-kubernetes-a1b2c3"))
    caller = clusters.pod(
        pod, "crossplane-kubernetes-provider/v0.18.0 (linux/amd64) kubernetes/$Format"
    )

    def claim(at: float) -> None:
        team = f"team-{int((at - PERIOD.start) // DAY)}"
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": team}
        body = {"metadata": {"name": team}, "roleRef": CLUSTER_ADMIN, "subjects": [subject]}
        clusters.call(
            EKS, caller, "create", "clusterrolebindings", at, None, team, body=body, code=CREATED
        )

    world.plan(steady(world.random, PERIOD, 1 / 5, 0.1), claim)


def kubelets(world: World) -> None:
    """Nodes mint tokens for their pods, and read the secrets that these mount.

    https://kubernetes.io/docs/reference/access-authn-authz/node/
    """
    clusters = Clusters(world)

    def work(number: int, at: float) -> None:
        name = f"ip-10-0-1-{number}.eu-central-1.compute.internal"
        user = {
            "username": f"system:node:{name}",
            "groups": ["system:nodes", "system:authenticated"],
        }
        node = kubernetes.Caller(
            user, f"10.0.1.{number}", "kubelet/v1.33.5 (linux/amd64) kubernetes/c2f1f3a"
        )
        issued = {kubernetes.ISSUED: f"JTI={world.uuid()}"}
        clusters.call(
            EKS, node, "create", "serviceaccounts/token", at, "apps", "api", annotations=issued
        )
        clusters.call(EKS, node, "get", "secrets", at + 1, "apps", "api")

    for number in range(10):
        world.plan(steady(world.random, PERIOD, 2), partial(work, number))


def remote_argocd(world: World) -> None:
    """Argo CD of another cluster, with a token from a Secret, by three NAT gateways.

    https://argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd_cluster_add/
    """
    clusters = Clusters(world)
    account = service_account("kube-system", "argocd-manager")
    groups = [
        "system:serviceaccounts",
        "system:serviceaccounts:kube-system",
        "system:authenticated",
    ]
    user = {"username": account.username, "uid": account.uid, "groups": groups}
    agent = "argocd-application-controller/v3.1.1 (linux/amd64) kubernetes/$Format"

    def sync(at: float) -> None:
        caller = kubernetes.Caller(user, world.random.choice(networks.NAT), agent)
        for verb, resource in (
            ("list", "deployments"),
            ("get", "secrets"),
            ("patch", "configmaps"),
        ):
            clusters.call(
                VANILLA, caller, verb, resource, at, "apps", None if verb == "list" else "web"
            )
            at += 1

    world.plan(steady(world.random, PERIOD, 6), sync)


def control_plane(world: World) -> None:
    """Programs of the control plane; probes with kubectl; static pods; a token that Argo CD ordered.

    https://github.com/rancher/rke2/blob/master/pkg/podtemplate/spec.go
    https://github.com/kubernetes/kops/blob/master/pkg/model/components/etcdmanager/model.go
    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#token-controller
    """
    clusters = Clusters(world)
    argocd = clusters.start(VANILLA, service_account("argocd", "argocd-application-controller"))
    programs = "(linux/amd64) kubernetes/c2f1f3a"

    def caller(user: str, agent: str, *groups: str) -> kubernetes.Caller:
        return kubernetes.Caller(
            {"username": user, "groups": [*groups, "system:authenticated"]}, "10.0.0.4", agent
        )

    manager = f"kube-controller-manager/v1.33.5 {programs}"
    tokens = caller("system:kube-controller-manager", f"{manager}/tokens-controller")
    scheduler = caller("system:kube-scheduler", f"kube-scheduler/v1.33.5 {programs}/scheduler")
    proxy = caller("system:kube-proxy", f"kube-proxy/v1.33.5 {programs}")
    probe = caller("system:apiserver", f"kubectl/v1.33.5 {programs}", "system:masters")
    node = caller("system:node:control-1", f"kubelet/v1.33.5 {programs}", "system:nodes")

    def work(at: float) -> None:
        clusters.call(VANILLA, scheduler, "create", "pods/binding", at, "apps", "web")
        clusters.call(VANILLA, proxy, "list", "endpointslices", at + 1)
        for path in ("/livez", "/readyz"):
            clusters.ask(VANILLA, probe, path, at + 2)

    def order(at: float) -> None:
        sync = clusters.pod(argocd, CONTROLLERS[0].agent)
        name = f"remote-{world.hex(4)}"
        clusters.call(VANILLA, sync, "create", "secrets", at, "ops", name)
        clusters.call(VANILLA, tokens, "update", "secrets", at + 0.01, "ops", name)

    def renewed(at: float) -> None:
        for name, path, processes in (
            ("etcd-manager-main", "/", True),
            ("kube-apiserver", "/etc/kubernetes/pki", False),
        ):
            spec = {"hostPID": processes, "volumes": [{"hostPath": {"path": path}}]}
            clusters.call(
                VANILLA, node, "create", "pods", at, "kube-system", f"{name}-control-1",
                body={"spec": spec},
            )  # fmt: skip

    world.plan(steady(world.random, PERIOD, 12), work)
    world.plan(steady(world.random, PERIOD, 1 / 7, 0.1), order)
    world.plan(steady(world.random, PERIOD, 1 / 7, 0.1), renewed)


def controllers_in_kube_system(world: World) -> None:
    """The controller manager under its accounts; hook jobs with kubectl of others that live beside it; the addon manager.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles
    https://github.com/kubernetes/kubernetes/blob/master/cluster/gce/gci/configure-helper.sh
    """
    clusters = Clusters(world)
    kubectl = "kubectl/v1.33.4 (linux/amd64) kubernetes/74cd2e7"
    manager = "kube-controller-manager/v1.33.5 (linux/amd64) kubernetes/c2f1f3a"
    addons = kubernetes.Caller(
        {"username": "system:addon-manager", "groups": ["system:masters", "system:authenticated"]},
        "10.0.0.4", kubectl,
    )  # fmt: skip

    def control(name: str, resource: str, at: float) -> None:
        account = service_account("kube-system", name)
        groups = [
            "system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated",
        ]  # fmt: skip
        user = {"username": account.username, "uid": account.uid, "groups": groups}
        caller = kubernetes.Caller(user, "10.0.0.4", f"{manager}/{account.username}")
        clusters.call(VANILLA, caller, "list", resource, at)

    def hook(name: str, at: float) -> None:
        clusters.call(
            VANILLA, clusters.pod(clusters.job(VANILLA, "kube-system", name), kubectl),
            "patch", "configmaps", at, "kube-system", name,
        )  # fmt: skip

    def apply(at: float) -> None:
        clusters.call(VANILLA, addons, "patch", "deployments", at, "kube-system", "coredns")

    for name, resource in (
        ("generic-garbage-collector", "configmaps"), ("namespace-controller", "namespaces"),
        ("replicaset-controller", "pods"),
    ):  # fmt: skip
        world.plan(steady(world.random, PERIOD, 12), partial(control, name, resource))
    for name in ("aws-load-balancer-controller", "snapshot-controller"):
        world.plan(steady(world.random, PERIOD, 1 / 7, 0.1), partial(hook, name))
    world.plan(steady(world.random, PERIOD, 24), apply)


COMPONENTS = (
    Component(eks_controllers, len(CONTROLLERS)),
    Component(aks_controllers, len(CONTROLLERS)),
    Component(pods_on_control_plane_nodes, 3),
    Component(cron_jobs, 4),
    Component(database_operator, 1),
    Component(crossplane, 1),
    Component(kubelets, 10),
    Component(remote_argocd, 1),
    Component(control_plane, 6),
    Component(controllers_in_kube_system, 6),
)
