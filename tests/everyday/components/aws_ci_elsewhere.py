"""What jobs of CI begin and others go on with: sessions that are seen from more than one place."""

from functools import partial

from fixtures.scenarios.generator import sts
from fixtures.scenarios.generator.aws import Origin
from fixtures.scenarios.generator.aws_calls import (
    caller_identity,
    describe_cluster,
    pull,
    registry_login,
)
from fixtures.scenarios.generator.clock import daytime
from fixtures.scenarios.generator.delivery import AWS_CLI
from fixtures.scenarios.generator.identities import PROD, role
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, Job, named
from tests.everyday.components.aws_ci import ORGANISATION, workdays
from tests.everyday.networks import NAT, ON_PREMISES, POOL, provider
from tests.everyday.world import PERIOD, Component

DOCKER = (
    "docker/28.3.3 go/go1.24.5 git-commit/bea959c kernel/5.15.0-153-generic os/linux arch/amd64 "
    "UpstreamClient(Docker-Client/28.3.3 \\(linux\\))"
)
GITLAB = "gitlab.example.com"
GO_CLIENT = "Go-http-client/1.1"


def deployment_to_a_cluster(world: World) -> None:
    """Helm shows EKS a signature, with which the control plane asks STS who signed it, at each renewal.

    https://github.com/kubernetes-sigs/aws-iam-authenticator#how-does-it-work
    """
    cloud = Cloud(world)
    planes = [provider(world.random) for _ in range(2)]

    def deploy(at: float) -> None:
        job = Job(
            role(PROD, "gha-cluster-deploy"),
            f"{ORGANISATION}/charts:environment:production",
            (describe_cluster("prod"),),
        )
        session = cloud.run(job, at)
        for plane in planes:
            at += 20
            cloud.trail.call(session, caller_identity(), at, Origin(plane, GO_CLIENT))

    world.plan(daytime(world.random, PERIOD, 3), deploy)


def login_to_vault(world: World) -> None:
    """Vault asks STS who signed the login, from where Vault is.

    https://developer.hashicorp.com/vault/docs/auth/aws
    """
    cloud = Cloud(world)

    def build(at: float) -> None:
        subject = f"{ORGANISATION}/etl:ref:refs/heads/main"
        session = cloud.run(Job(role(PROD, "gha-etl"), subject, named("glue", "GetJobs")), at)
        cloud.trail.call(session, caller_identity(), at + 6, Origin(NAT[1], GO_CLIENT))

    world.plan(daytime(world.random, PERIOD, 2), build)


def pull_on_a_host(world: World) -> None:
    """A job logs in to the registry, and lets a host of the company pull with what it got.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html#registry-auth-token
    """
    cloud = Cloud(world)

    def deploy(at: float) -> None:
        subject = f"{ORGANISATION}/kiosk:ref:refs/heads/main"
        session = cloud.run(Job(role(PROD, "gha-kiosk"), subject, (registry_login(),)), at)
        image = pull("kiosk", PROD, world.hex(64))
        cloud.trail.call(session, image, at + 30, Origin(ON_PREMISES, DOCKER))

    workdays(world, 16, deploy)


def runners_behind_a_pool(world: World) -> None:
    """Runners of the company's own leave by a NAT gateway with several addresses.

    https://docs.gitlab.com/ci/cloud_services/aws/
    """
    cloud = Cloud(world)
    address = cloud.any_of(POOL)

    def build(number: int, at: float) -> None:
        subject = f"project_path:acme/site-{number}:ref_type:branch:ref:main"
        deployer, session = role(PROD, f"gitlab-site-{number}"), f"gitlab-{int(at)}"
        credentials = sts.web_identity(
            cloud.trail, deployer, GITLAB, subject, session, at, Origin(address(), AWS_CLI)
        )
        for call in named("s3", "ListBuckets") + named("cloudfront", "CreateInvalidation"):
            at += world.pause(0.5, 5)
            cloud.trail.call(credentials, call, at, Origin(address(), AWS_CLI))

    for number in range(3):
        world.plan(daytime(world.random, PERIOD, 2), partial(build, number))


COMPONENTS = (
    Component(deployment_to_a_cluster, 1),
    Component(login_to_vault, 1),
    Component(pull_on_a_host, 1),
    Component(runners_behind_a_pool, 3),
)
