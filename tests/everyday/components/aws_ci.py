"""Jobs of CI services that take a role with the token of their run."""

from collections.abc import Callable
from functools import partial

from fixtures.scenarios.generator import sts
from fixtures.scenarios.generator.aws import Call, Origin
from fixtures.scenarios.generator.aws_calls import get_secret, iam, parameter, push, registry_login
from fixtures.scenarios.generator.clock import DAY, daytime, nightly, weekday, weekly
from fixtures.scenarios.generator.delivery import AWS_CLI, TERRAFORM
from fixtures.scenarios.generator.identities import DATA, PROD, TOOLS, role
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, Job, named
from tests.everyday.networks import NAT, hosted_runner
from tests.everyday.world import PERIOD, Component

ORGANISATION = "repo:acme-example"
CIRCLE = "oidc.circleci.com/org/3f0c8b0e-1111-4222-8333-444455556666"
SANDBOX = "999999999999"
STACK = named("cloudformation", "DescribeStacks", "UpdateStack")


def workdays(world: World, hour: float, act: Callable[[float], object]) -> None:
    """Plan once each working day."""
    times = (at for at in nightly(world.random, PERIOD, hour, 0.8) if weekday(at) < 5)
    world.plan(times, act)


def deployments(world: World) -> None:
    """Services push an image and roll it out, from branches, pull requests, tags, environments.

    https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
    """
    cloud = Cloud(world)

    def deploy(number: int, at: float) -> None:
        draw = world.random.randrange(900)
        claims = ["ref:refs/heads/main"] * 3 + ["environment:production", "pull_request"]
        claims += [f"ref:refs/heads/feature/x-{draw}", f"ref:refs/tags/v1.{draw}.0"]
        calls = (
            registry_login(),
            *push(f"svc-{number}", TOOLS, world.hex(64)),
            *named("ecs", "UpdateService"),
        )
        subject = f"{ORGANISATION}/svc-{number}:{world.random.choice(claims)}"
        cloud.run(Job(role(PROD, f"gha-deploy-{number}"), subject, calls), at)

    for number in range(12):
        world.plan(daytime(world.random, PERIOD, 1), partial(deploy, number))


def preview_environments(world: World) -> None:
    """An environment of GitHub for each pull request, which the subject names.

    https://docs.github.com/en/actions/reference/security/oidc#filtering-for-a-specific-environment
    """
    cloud, opened = Cloud(world), [100]

    def pull_request(at: float) -> None:
        opened[0] += 1
        subject = f"{ORGANISATION}/shop:environment:pr-{opened[0]}"
        job = Job(role(PROD, "gha-preview"), subject, STACK)
        for later in (0.0, 7000.0):
            world.plan(at + later, partial(cloud.run, job))

    world.plan(daytime(world.random, PERIOD, 3), pull_request)


def reusable_workflows(world: World) -> None:
    """Subjects name the reusable workflow, and its tag.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows
    """
    cloud = Cloud(world)

    def deploy(number: int, at: float) -> None:
        version = 1 + int((at - PERIOD.start) // (5 * DAY))
        workflow = f"acme-example/ci/.github/workflows/deploy.yml@refs/tags/v2.{version}.0"
        subject = f"{ORGANISATION}/lib-{number}:job_workflow_ref:{workflow}"
        cloud.run(Job(role(PROD, f"gha-shared-{number}"), subject, STACK), at)

    for number in range(4):
        workdays(world, 10, partial(deploy, number))


def circleci(world: World) -> None:
    """Tokens of CircleCI name the person who pushed, and the branch (version 2 of the subject).

    https://circleci.com/docs/openid-connect-tokens/
    """
    cloud = Cloud(world)

    def build(at: float) -> None:
        person, branch = world.random.randrange(5), world.random.randrange(60)
        subject = (
            "org/3f0c8b0e-1111-4222-8333-444455556666/project/9f0c8b0e-1111-4222-8333-444455556666"
            f"/user/{person}f0c8b0e-1111-4222-8333-444455556666"
            f"/vcs-origin/github.com/acme-example/mono/vcs-ref/refs/heads/feature-{branch}"
        )
        calls = named("ecs", "DescribeServices")
        job = Job(role(PROD, "circleci-deploy"), subject, calls, AWS_CLI, CIRCLE, "circleci")
        cloud.run(job, at)

    world.plan(daytime(world.random, PERIOD, 4), build)


def serverless_framework(world: World) -> None:
    """Resolves each ${ssm:…} of its file before it deploys.

    https://www.serverless.com/framework/docs/providers/aws/guide/variables#reference-variables-using-the-ssm-parameter-store
    """
    cloud = Cloud(world)
    calls = (*(parameter(PROD, f"/fn/prod/p{number}") for number in range(25)), *STACK)
    job = Job(role(PROD, "gha-serverless"), f"{ORGANISATION}/fn:ref:refs/heads/main", calls)
    workdays(world, 15, partial(cloud.run, job))


def rollout_by_run_command(world: World) -> None:
    """Finds the instances, then sends them a command.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/walkthrough-cli.html
    """
    command = {
        "documentName": "AWS-RunShellScript",
        "targets": [{"key": "tag:app", "values": ["legacy"]}],
    }
    calls = (
        *named("ssm", "DescribeInstanceInformation"),
        Call("ssm", "SendCommand", command),
        *named("ssm", "ListCommandInvocations"),
    )
    cloud = Cloud(world)
    job = Job(role(PROD, "gha-legacy-rollout"), f"{ORGANISATION}/legacy:ref:refs/heads/main", calls)
    workdays(world, 14, partial(cloud.run, job))


def script_with_a_secret(world: World) -> None:
    """A database migration looks its password up by name.

    https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/list-secrets.html
    """
    filters = {"filters": [{"key": "name", "values": ["db/prod"]}]}
    calls = (Call("secretsmanager", "ListSecrets", filters), get_secret(PROD, "db/prod"))
    cloud = Cloud(world)
    job = Job(role(PROD, "gha-migrate"), f"{ORGANISATION}/db:ref:refs/heads/main", calls)
    workdays(world, 11, partial(cloud.run, job))


def terraform(world: World) -> None:
    """Refreshes what it manages, reads a secret as data source, makes roles and keys now and then.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/secretsmanager_secret_version
    """
    cloud = Cloud(world)
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}'
    allow = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}'
    )

    def run(number: int, at: float) -> None:
        name = {"roleName": f"svc-{number}"}
        calls = (
            *named("sts", "GetCallerIdentity"),
            *(
                iam(read, name)
                for read in ("GetRole", "ListRolePolicies", "ListAttachedRolePolicies")
            ),
            get_secret(PROD, f"tf/{number}"),
            *named("ec2", "DescribeVpcs"),
            *named("s3", "GetBucketPolicy"),
        )
        applied = weekday(at) == number % 5
        if applied:
            calls += (
                iam("CreateRole", {**name, "assumeRolePolicyDocument": trust}),
                iam("PutRolePolicy", {**name, "policyName": "queue", "policyDocument": allow}),
                iam("CreateAccessKey", {"userName": f"smtp-{number}"}),
            )
        subject = (
            f"{ORGANISATION}/infra-{number}:{'environment:apply' if applied else 'pull_request'}"
        )
        cloud.run(Job(role(PROD, f"terraform-{number}"), subject, calls, TERRAFORM), at)

    for number in range(6):
        workdays(world, 10, partial(run, number))


def cdk(world: World) -> None:
    """Deploys by way of the roles that `cdk bootstrap` has made.

    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html#bootstrapping-env-roles
    """
    cloud = Cloud(world)
    deployer = role(PROD, f"cdk-hnb659fds-deploy-role-{PROD}-eu-central-1")

    def deploy(at: float) -> None:
        origin = Origin(hosted_runner(world.random), AWS_CLI)
        subject = f"{ORGANISATION}/cdk:ref:refs/heads/main"
        parent = sts.web_identity(
            cloud.trail, role(PROD, "cdk-deploy"), sts.GITHUB, subject, "GitHubActions", at, origin
        )
        session = sts.assume(cloud.trail, parent, deployer, "aws-cdk-runner", at + 9, origin)
        version = Call("ssm", "GetParameter", {"name": "/cdk-bootstrap/hnb659fds/version"})
        cloud.work(session, (version, *STACK), at + 12, origin)

    workdays(world, 12, deploy)


def aws_nuke(world: World) -> None:
    """Empties a sandbox account every week, what watches it included.

    https://github.com/ekristen/aws-nuke
    """
    calls = (
        *named("iam", "ListUsers", "ListRoles"),
        Call(
            "ec2",
            "DeleteFlowLogs",
            {"DeleteFlowLogsRequest": {"FlowLogId": "fl-0a1b2c3d4e5f60718"}},
        ),
        Call("cloudtrail", "DeleteTrail", {"name": "sandbox"}),
        Call("guardduty", "DeleteDetector", {"detectorId": "0ab1c2d3e4f5a6b7c8d9e0f1a2b3c4d5"}),
    )
    cloud = Cloud(world)
    agent = "aws-sdk-go/1.54.6 (go1.24.4; linux; amd64) aws-nuke/v3.29.0"
    job = Job(
        role(SANDBOX, "sandbox-nuke"), f"{ORGANISATION}/nuke:ref:refs/heads/main", calls, agent
    )
    world.plan(weekly(world.random, PERIOD, 0, 1), partial(cloud.run, job))


def deployment_hub(world: World) -> None:
    """A CodeBuild project in one account takes a role in each of the others.

    https://docs.aws.amazon.com/prescriptive-guidance/latest/patterns/run-aws-codepipeline-across-accounts.html
    """
    cloud = Cloud(world)
    hub = cloud.served("deploy-hub", "codebuild", "AWSCodeBuild-3f0c8b0e", AWS_CLI, NAT[0])
    spokes = [role(account, "deploy-spoke") for account in (DATA, TOOLS, SANDBOX)]
    origin = Origin(NAT[0], AWS_CLI)

    def deploy(at: float) -> None:
        for spoke in spokes:
            session = sts.assume(cloud.trail, hub.credentials(at), spoke, "hub", at, origin)
            cloud.work(session, STACK, at + 3, origin)
            at += 60

    world.plan(daytime(world.random, PERIOD, 3), deploy)


COMPONENTS = (
    Component(deployments, 12),
    Component(preview_environments, 1),
    Component(reusable_workflows, 4),
    Component(circleci, 1),
    Component(serverless_framework, 1),
    Component(rollout_by_run_command, 1),
    Component(script_with_a_secret, 1),
    Component(terraform, 6),
    Component(cdk, 2),
    Component(aws_nuke, 1),
    Component(deployment_hub, 4),
)
