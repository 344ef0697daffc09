"""Tools whose work it is to read many secrets."""

from fixtures.scenarios.generator import sts
from fixtures.scenarios.generator.aws import Call, Origin
from fixtures.scenarios.generator.aws_calls import caller_identity, get_secret
from fixtures.scenarios.generator.clock import DAY, nightly, steady
from fixtures.scenarios.generator.company import AGENTS, GO, JAVA
from fixtures.scenarios.generator.identities import PROD, role
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, named
from tests.everyday.networks import NAT
from tests.everyday.world import PERIOD, Component


def _filtered(key: str, value: str) -> Call:
    return Call("secretsmanager", "ListSecrets", {"filters": [{"key": key, "values": [value]}]})


def external_secrets(world: World) -> None:
    """Copies secrets into the cluster; now and then there is one more.

    https://external-secrets.io/latest/provider/aws-secrets-manager/
    """
    cloud = Cloud(world)
    pod = cloud.pod("external-secrets", "external-secrets", AGENTS["external-secrets"])

    def sync(at: float) -> None:
        count = 40 + int((at - PERIOD.start) // (6 * DAY))
        pod.do(at, *(get_secret(PROD, f"prod/app{number}") for number in range(count)))

    world.plan(steady(world.random, PERIOD, 1.5), sync)
    world.plan(nightly(world.random, PERIOD, 0), lambda at: pod.do(at, _filtered("name", "prod/")))


def argocd_vault_plugin(world: World) -> None:
    """Fills placeholders in manifests: each refresh of an application reads all of its secrets.

    https://argocd-vault-plugin.readthedocs.io/en/stable/backends/#aws-secrets-manager
    """
    cloud = Cloud(world)
    pod = cloud.pod("argocd-repo-server", "argocd", GO)
    cloud.rounds(pod, 2, tuple(get_secret(PROD, f"avp/{number}") for number in range(30)))


def jenkins(world: World) -> None:
    """Offers all tagged secrets as credentials, and deploys with a role that it takes.

    https://plugins.jenkins.io/aws-secrets-manager-credentials-provider/
    https://plugins.jenkins.io/pipeline-aws/ (withAWS)
    """
    cloud = Cloud(world)
    box = cloud.instance("jenkins", JAVA)
    deployer, origin = role(PROD, "jenkins-deployer"), Origin(NAT[0], JAVA)
    listed = _filtered("tag-key", "jenkins:credentials:type")

    def refresh(at: float) -> None:
        box.do(at, listed, *(get_secret(PROD, f"jenkins/c{number}") for number in range(26)))

    def deploy(at: float) -> None:
        box.do(at, listed, caller_identity())
        session = sts.assume(cloud.trail, box.credentials(at), deployer, "jenkins", at + 90, origin)
        cloud.work(session, named("cloudformation", "UpdateStack"), at + 95, origin)

    world.plan(nightly(world.random, PERIOD, 6), refresh)
    world.plan(steady(world.random, PERIOD, 4), deploy)


COMPONENTS = (
    Component(external_secrets, 1),
    Component(argocd_vault_plugin, 1),
    Component(jenkins, 2),
)
