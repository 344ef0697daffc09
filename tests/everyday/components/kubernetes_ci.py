"""CI that deploys into a cluster."""

from functools import partial

from fixtures.scenarios.generator.clock import daytime, nightly, weekday
from fixtures.scenarios.generator.identities import PROD, role, service_account
from fixtures.scenarios.generator.kubernetes import CREATED
from fixtures.scenarios.generator.world import World
from tests.everyday.clusters import EKS, Clusters
from tests.everyday.components.kubernetes_controllers import CLUSTER_ADMIN
from tests.everyday.networks import hosted_runner
from tests.everyday.world import PERIOD, Component

HELM = "Helm/3.18.6"
KUBECTL = "kubectl/v1.33.4 (linux/amd64) kubernetes/74cd2e7"
SWITCHING_PROTOCOLS = 101


def helm_previews(world: World) -> None:
    """A namespace for each pull request; Helm keeps its releases in secrets.

    https://helm.sh/docs/topics/advanced/#storage-backends
    """
    clusters, opened = Clusters(world), [300]
    owned = {"labelSelector": "owner=helm"}

    def install(at: float) -> None:
        opened[0] += 1
        space, release = f"pr-{opened[0]}", "sh.helm.release.v1.shop.v1"
        subject = f"repo:acme-example/shop:environment:{space}"
        ci = clusters.role(
            role(PROD, "gha-preview-eks"), subject, at, HELM, hosted_runner(world.random)
        )
        clusters.call(EKS, ci, "create", "namespaces", at, None, space)
        clusters.call(EKS, ci, "list", "secrets", at + 1, space, query=owned)
        clusters.call(EKS, ci, "create", "secrets", at + 2, space, release)
        clusters.call(EKS, ci, "patch", "deployments", at + 3, space, "shop")
        clusters.call(EKS, ci, "get", "secrets", at + 9, space, release)

    world.plan(daytime(world.random, PERIOD, 3), install)


def kubectl_deployments(world: World) -> None:
    """A script asks whether it may, looks for the registry's secret, rolls out, binds a dashboard.

    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_auth/kubectl_auth_can-i/
    """
    clusters = Clusters(world)
    asked = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
             "spec": {"resourceAttributes": {"namespace": "apps", "verb": "patch", "resource": "deployments"}}}  # fmt: skip
    subject = {"kind": "ServiceAccount", "name": "dashboard", "namespace": "ops"}

    def deploy(number: int, at: float) -> None:
        if weekday(at) >= 5:
            return
        claim = f"repo:acme-example/svc-{number}:ref:refs/heads/main"
        ci = clusters.role(
            role(PROD, f"gha-kubectl-{number}"), claim, at, KUBECTL, hosted_runner(world.random)
        )
        clusters.call(EKS, ci, "create", "selfsubjectaccessreviews", at, body=asked)
        clusters.call(EKS, ci, "get", "secrets", at + 3, "apps", "regcred")
        clusters.call(EKS, ci, "patch", "deployments", at + 5, "apps", f"svc-{number}")
        if weekday(at) == number:
            bound = {"roleRef": CLUSTER_ADMIN, "subjects": [subject]}
            clusters.call(
                EKS, ci, "patch", "clusterrolebindings", at + 9, None, "ci-dashboard", body=bound
            )

    for number in range(4):
        world.plan(nightly(world.random, PERIOD, 14, 0.8), partial(deploy, number))


def pulumi(world: World) -> None:
    """A stack with a cluster-wide binding for the operators.

    https://www.pulumi.com/registry/packages/kubernetes/api-docs/rbac/v1/clusterrolebinding/
    """
    clusters = Clusters(world)
    agent = "pulumi-kubernetes/v4.23.0 (linux/amd64) pulumi/v3"
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "ops"}
    bound = {"roleRef": CLUSTER_ADMIN, "subjects": [subject]}

    def up(at: float) -> None:
        claim = "repo:acme-example/stacks:ref:refs/heads/main"
        ci = clusters.role(role(PROD, "pulumi"), claim, at, agent, hosted_runner(world.random))
        clusters.call(EKS, ci, "patch", "clusterrolebindings", at, None, "ops", body=bound)

    world.plan(daytime(world.random, PERIOD, 0.3, 0.3), up)


def gitlab_runner(world: World) -> None:
    """The Kubernetes executor: a secret and a pod for each job, privileged for Docker, then attach.

    https://docs.gitlab.com/runner/executors/kubernetes/
    """
    clusters = Clusters(world)
    pod = clusters.start(EKS, service_account("gitlab", "runner"))
    runner = clusters.pod(pod, "gitlab-runner/18.3.0 (linux/amd64) kubernetes/$Format")
    build = {"name": "build", "image": "docker:28-dind", "securityContext": {"privileged": True}}
    shell = {"command": "sh", "stdin": "true", "stdout": "true"}

    def job(at: float) -> None:
        name = f"runner-{world.hex(9)}"
        clusters.call(EKS, runner, "create", "secrets", at, "gitlab", name)
        body = {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": name},
            "spec": {"containers": [build]},
        }
        clusters.call(
            EKS, runner, "create", "pods", at + 1, "gitlab", name, body=body, code=CREATED
        )
        clusters.call(
            EKS,
            runner,
            "create",
            "pods/exec",
            at + 20,
            "gitlab",
            name,
            query=shell,
            code=SWITCHING_PROTOCOLS,
        )

    world.plan(daytime(world.random, PERIOD, 8), job)


COMPONENTS = (
    Component(helm_previews, 1),
    Component(kubectl_deployments, 4),
    Component(pulumi, 1),
    Component(gitlab_runner, 1),
)
