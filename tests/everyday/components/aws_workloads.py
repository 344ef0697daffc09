"""Instances, functions, tasks and pods that hold a role of their own, and how they get out."""

from functools import partial

from fixtures.scenarios.generator.aws import Call, Workload
from fixtures.scenarios.generator.aws_calls import get_secret, parameter
from fixtures.scenarios.generator.clock import DAY, HOUR, nightly, steady, weekday
from fixtures.scenarios.generator.company import BOTO, GO, JAVA, LAMBDA, NODE_JS
from fixtures.scenarios.generator.identities import PROD
from fixtures.scenarios.generator.world import World
from tests.everyday import networks
from tests.everyday.cloud import Cloud, named
from tests.everyday.networks import NAT, POOL
from tests.everyday.world import PERIOD, Component

SSM_AGENT = "aws-sdk-go/1.55.5 (go1.24.4; linux; amd64) amazon-ssm-agent/3.3.2299.0"
ECS_AGENT = "Amazon ECS Agent - v1.98.0 (*linux) (+http://aws.amazon.com/ecs/)"


LINUX, LAMBDA_LINUX = "#6.1.150", "#5.10.245-267.998.amzn2.x86_64"
"""Kernels, as SDKs name them: of our images, and of Lambda's machines."""
REPORT = (Call("ssm", "UpdateInstanceInformation", {"agentName": "amazon-ssm-agent"}),)


def web_autoscaling_groups(world: World) -> None:
    """Instances in three zones: the SSM agent reports, the app reads its configuration at boot.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
    """
    cloud = Cloud(world)
    for group in range(6):
        boot = (parameter(PROD, f"/web/{group}/config"),)
        for zone in NAT:
            node = cloud.instance(f"web-{group}-instance", SSM_AGENT, zone)
            cloud.rounds(node, 1, REPORT)
            world.plan(nightly(world.random, PERIOD, 4), partial(_do, node, boot))


def behind_a_pool(world: World) -> None:
    """Instances behind one NAT gateway that has several addresses.

    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
    """
    cloud = Cloud(world)
    for number in range(4):
        node = cloud.instance(f"batch-{number}", BOTO, cloud.any_of(POOL))
        cloud.rounds(node, 10, named("ec2", "DescribeInstances", "DescribeTags"))


def pods_behind_a_pool(world: World) -> None:
    """Pods behind the same kind of gateway.

    https://docs.aws.amazon.com/eks/latest/userguide/external-snat.html
    """
    cloud = Cloud(world)
    for number in range(4):
        pod = cloud.pod(f"worker-{number}", "workers", GO, cloud.any_of(POOL))
        calls = (*named("sqs", "ListQueues", "GetQueueUrl"), get_secret(PROD, f"worker/{number}"))
        cloud.rounds(pod, 6, calls)


def dual_stack_pods(world: World) -> None:
    """Pods with an IPv6 address of their own beside the NAT for IPv4.

    https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html
    """
    cloud = Cloud(world)
    for number in range(3):
        own = [NAT[2], *(f"2001:db8:d18:{number}::{host}" for host in range(1, 6))]
        pod = cloud.pod(f"dual-{number}", "dual", GO, cloud.any_of(own))
        cloud.rounds(pod, 5, (get_secret(PROD, f"dual/{number}"),))


def instances_that_stop_at_night(world: World) -> None:
    """The Instance Scheduler stops development boxes; each morning they get a new public address.

    https://docs.aws.amazon.com/solutions/latest/instance-scheduler-on-aws/overview.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
    """
    cloud = Cloud(world)
    for number in range(3):
        address = [networks.provider(world.random)]
        box = cloud.instance(f"dev-box-{number}", SSM_AGENT, partial(address.__getitem__, 0))
        world.plan(nightly(world.random, PERIOD, 7), partial(_workday, cloud, box, address))


def _workday(cloud: Cloud, box: Workload, address: list[str], at: float) -> None:
    if weekday(at) < 5:
        address[0], box.session = networks.provider(cloud.world.random), None
        hours = (at + hour * HOUR for hour in range(10))
        cloud.world.plan(hours, partial(_do, box, REPORT))


def _do(worker: Workload, calls: tuple[Call, ...], at: float) -> None:
    worker.do(at, *calls)


def apps_in_pods(world: World) -> None:
    """Apps read their secrets when they start; one of them reads another since its last release.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets-java.html
    """
    cloud = Cloud(world)
    for number in range(25):
        pod = cloud.pod(f"app-{number}", "apps", JAVA, NAT[number % 3])
        secrets = [get_secret(PROD, f"prod/app{number}")]
        secrets += [get_secret(PROD, f"shared/s{extra}") for extra in range(number % 3)]
        cloud.rounds(pod, 1.2, secrets)
        if number == 7:
            release = PERIOD.start + 24.5 * DAY
            again = (get_secret(PROD, "shared/queue"),)
            world.plan((release + day * DAY for day in range(3)), partial(_do, pod, again))


def new_role_each_release(world: World) -> None:
    """Blue/green by CloudFormation: the stack of each release makes a role with a random suffix.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
    """
    cloud = Cloud(world)

    def release(at: float) -> None:
        if weekday(at) < 5:
            pod = cloud.pod(f"svc-blue-Role-{world.base32(12)}", "apps", GO)
            pod.do(at, get_secret(PROD, "shared/s1"))

    world.plan(nightly(world.random, PERIOD, 16), release)


def functions(world: World) -> None:
    """Functions outside a VPC: each environment leaves by another address of the provider.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (AWS_EXECUTION_ENV)
    """
    cloud = Cloud(world)
    agents = (
        LAMBDA,
        f"{NODE_JS.replace(LINUX, LAMBDA_LINUX)} exec-env/AWS_Lambda_nodejs22.x",
        f"{GO} exec-env/AWS_Lambda_provided.al2023",
        f"{JAVA.replace(LINUX, LAMBDA_LINUX)} exec-env/AWS_Lambda_java21",
    )
    for number in range(12):
        name = f"fn-{number}"
        arn = f"arn:aws:lambda:eu-central-1:{PROD}:function:{name}"
        issued = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": arn}
        work = cloud.served(
            f"{name}-role", "lambda", name, agents[number % 4],
            partial(networks.provider, world.random), issued, 12,
        )  # fmt: skip
        calls = (get_secret(PROD, f"fn/{number}"), parameter(PROD, f"/fn/{number}"))
        cloud.rounds(work, 3, calls)


def tasks(world: World) -> None:
    """ECS reads the secrets of a task definition with the task's execution role.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    cloud = Cloud(world)

    def start(number: int, at: float) -> None:
        task = cloud.served(
            f"ecs-exec-{number}", "ecs-tasks", world.hex(32), ECS_AGENT, world.random.choice(NAT)
        )
        task.do(at, *(get_secret(PROD, f"ecs/{number}/{secret}") for secret in range(4)))

    for number in range(10):
        world.plan(steady(world.random, PERIOD, 1), partial(start, number))


COMPONENTS = (
    Component(web_autoscaling_groups, 6),
    Component(behind_a_pool, 4),
    Component(pods_behind_a_pool, 4),
    Component(dual_stack_pods, 3),
    Component(instances_that_stop_at_night, 3),
    Component(apps_in_pods, 25),
    Component(new_role_each_release, 20),
    Component(functions, 12),
    Component(tasks, 10),
)
