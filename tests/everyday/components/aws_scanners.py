"""Scanners and inventories: they ask every service, and are refused in some."""

from collections.abc import Sequence
from functools import partial

from fixtures.scenarios.generator import sts
from fixtures.scenarios.generator.aws import Call, Origin
from fixtures.scenarios.generator.aws_calls import caller_identity, denied, read
from fixtures.scenarios.generator.clock import nightly, steady, weekly
from fixtures.scenarios.generator.company import BOTO, GO
from fixtures.scenarios.generator.identities import DATA, PROD, TOOLS, role
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud
from tests.everyday.networks import NAT, ON_PREMISES, vendor
from tests.everyday.world import PERIOD, Component

ASKED = (
    ("iam", "ListUsers"), ("iam", "ListRoles"), ("iam", "GetAccountSummary"),
    ("iam", "GetAccountAuthorizationDetails"), ("iam", "ListAccessKeys"), ("iam", "GetCredentialReport"),
    ("ec2", "DescribeInstances"), ("ec2", "DescribeSnapshots"), ("ec2", "DescribeSecurityGroups"),
    ("s3", "ListBuckets"), ("s3", "GetBucketPolicy"), ("cloudtrail", "DescribeTrails"),
    ("cloudtrail", "GetTrailStatus"), ("guardduty", "ListDetectors"), ("secretsmanager", "ListSecrets"),
    ("ssm", "DescribeParameters"), ("lambda", "ListFunctions20150331"), ("rds", "DescribeDBInstances"),
    ("kms", "ListKeys"), ("eks", "ListClusters"), ("sns", "ListTopics"), ("sqs", "ListQueues"),
    ("organizations", "DescribeOrganization"), ("bedrock", "ListFoundationModels"),
    ("bedrock", "GetModelInvocationLoggingConfiguration"), ("ses", "GetSendQuota"),
    ("ses", "ListIdentities"), ("ses", "GetAccount"), ("servicequotas", "ListServiceQuotas"),
)  # fmt: skip
BEYOND_AUDIT = {
    "ListFoundationModels", "GetModelInvocationLoggingConfiguration", "ListDetectors",
    "DescribeOrganization", "GetSendQuota", "ListServiceQuotas", "DescribeParameters", "ListTopics",
}  # fmt: skip
"""What the policy of these scanners leaves out, here, so that they are refused."""


def _questions(who: str, region: str = "", allowed: bool = False) -> Sequence[Call]:
    calls = (read(service, name, region=region) for service, name in ASKED)
    return [
        denied(call, who, f"{call.service}:{call.name}")
        if call.name in BEYOND_AUDIT and not allowed
        else call
        for call in calls
    ]


def prowler(world: World) -> None:
    """A task takes a role in each account and asks in each region; user data of instances too.

    https://docs.prowler.com/user-guide/providers/aws/role-assumption
    https://github.com/prowler-cloud/prowler/blob/master/prowler/config/config.py (user agent)
    """
    cloud = Cloud(world)
    agent = f"{BOTO} Prowler/5.10.0"
    origin = Origin(NAT[0], agent)
    data = read(
        "ec2",
        "DescribeInstanceAttribute",
        {"attribute": "userData", "instanceId": "i-0e5f1a2b3c4d5e6f7"},
    )

    def scan(account: str, at: float) -> None:
        task = cloud.served("prowler-task", "ecs-tasks", world.hex(32), agent, NAT[0])
        task.do(at - 9, caller_identity())
        scanned = role(account, "ProwlerExecRole")
        session = sts.assume(
            cloud.trail, task.credentials(at), scanned, "ProwlerAssessmentSession", at, origin
        )
        for region in ("eu-central-1", "us-east-1"):
            calls = [*_questions(session.identity["arn"], region), data]
            cloud.work(session, calls, at + 60, origin)
            at += 180

    for hour, account in enumerate((PROD, DATA, TOOLS), start=2):
        world.plan(nightly(world.random, PERIOD, hour), partial(scan, account))


def scout_suite(world: World) -> None:
    """A weekly scan with the key of a user.

    https://github.com/nccgroup/ScoutSuite/wiki/Amazon-Web-Services
    """
    cloud = Cloud(world)
    agent = f"Scout Suite/5.14.0 (https://github.com/nccgroup/ScoutSuite) {BOTO}"
    user = cloud.user("scoutsuite", agent, ON_PREMISES)
    calls = _questions(f"arn:aws:iam::{PROD}:user/scoutsuite")
    world.plan(weekly(world.random, PERIOD, 0, 9), lambda at: user.do(at, *calls))


def cloudquery(world: World) -> None:
    """A pod keeps an inventory of the account in a database.

    https://docs.cloudquery.io/docs/integrations/sources/aws
    """
    cloud = Cloud(world)
    pod = cloud.pod("cloudquery", "inventory", GO, NAT[1])
    calls = _questions("", allowed=True)
    world.plan(nightly(world.random, PERIOD, 4), lambda at: pod.do(at, *calls))


def posture_vendors(world: World) -> None:
    """Companies that watch the posture of our accounts take a role, and work from many addresses.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    cloud = Cloud(world)
    vendors = ("WizAccess-Role", "DatadogIntegrationRole", "OrcaSecurityRole")

    def scan(number: int, at: float) -> None:
        session = sts.outsider_assumes(
            cloud.trail, f"55555555555{number}", f"AROAVENDOR{number}EXAMPLE:worker",
            role(PROD, vendors[number]), "scanner", at, Origin(vendor(number, world.random), GO),
        )  # fmt: skip
        for call in _questions(session.identity["arn"])[:-1]:
            at += world.pause(10, 90)
            cloud.trail.call(session, call, at, Origin(vendor(number, world.random), GO))

    for number in range(len(vendors)):
        world.plan(steady(world.random, PERIOD, 1.5), partial(scan, number))


COMPONENTS = (
    Component(prowler, 4),
    Component(scout_suite, 1),
    Component(cloudquery, 1),
    Component(posture_vendors, 3),
)
