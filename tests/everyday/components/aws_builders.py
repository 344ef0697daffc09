"""Programs that stand between people and machines: image builders, brokers, detectors of drift."""

from fixtures.scenarios.generator import sts
from fixtures.scenarios.generator.aws import Call, Origin
from fixtures.scenarios.generator.clock import daytime, nightly
from fixtures.scenarios.generator.company import GO
from fixtures.scenarios.generator.identities import DATA, PROD, TOOLS, role
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, named
from tests.everyday.networks import NAT
from tests.everyday.world import PERIOD, Component

PACKER = (
    "APN/1.0 HashiCorp/1.0 packer-plugin-amazon/1.3.9 (+https://www.packer.io/docs/builders/amazon)"
    " Packer/1.14.2 (+https://www.packer.io) aws-sdk-go-v2/1.39.0 ua/2.1 os/linux lang/go#1.25.1"
)
PEOPLE = ("ada", "grace", "barbara", "radia")


def packer(world: World) -> None:
    """Builds an image every night: opens SSH to everybody for a quarter of an hour, shares the image.

    https://developer.hashicorp.com/packer/integrations/hashicorp/amazon/latest/components/builder/ebs
    (temporary_security_group_source_cidrs, ami_users)
    https://github.com/hashicorp/packer-plugin-amazon/blob/main/builder/common/access_config.go (user agent)
    """
    cloud = Cloud(world)
    machine = cloud.instance("image-builder", PACKER, NAT[1])
    ssh = {
        "ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
    }  # fmt: skip
    group, image = {"groupId": "sg-0a9b8c7d6e5f40312"}, {"imageId": "ami-0f1e2d3c4b5a69788"}
    shared = {"launchPermission": {"add": {"items": [{"userId": TOOLS}]}}}
    calls = (
        *named("ec2", "DescribeImages", "CreateKeyPair", "CreateSecurityGroup"),
        Call("ec2", "AuthorizeSecurityGroupIngress", group | {"ipPermissions": {"items": [ssh]}}),
        *named("ec2", "RunInstances", "CreateTags", "DescribeInstances", "StopInstances",
               "CreateImage", "CopyImage"),
        Call("ec2", "ModifyImageAttribute", image | shared | {"attributeType": "launchPermission"}),
        *named("ec2", "TerminateInstances", "DeleteSecurityGroup", "DeleteKeyPair"),
    )  # fmt: skip
    world.plan(nightly(world.random, PERIOD, 3), lambda at: machine.do(at, *calls))


def access_broker(world: World) -> None:
    """Teleport opens sessions for people, named after them, in the accounts that they ask for.

    https://goteleport.com/docs/enroll-resources/application-access/cloud-apis/aws-console/
    """
    cloud = Cloud(world)
    agent = cloud.pod("teleport-app", "teleport", GO, NAT[0])
    roles = [role(account, "teleport-developer") for account in (PROD, DATA)]
    origin = Origin(NAT[0], GO)

    def enter(at: float) -> None:
        name = f"{world.random.choice(PEOPLE)}@example.com"
        chosen = world.random.choice(roles)
        session = sts.assume(cloud.trail, agent.credentials(at), chosen, name, at, origin)
        cloud.work(session, named("ec2", "DescribeInstances", "DescribeVpcs"), at + 5, origin)

    world.plan(daytime(world.random, PERIOD, 6), enter)


def drift_detector(world: World) -> None:
    """Reads every state file at night, and compares it with what is there.

    https://docs.driftctl.com/usage/iac-source (tfstate+s3)
    """
    cloud = Cloud(world)
    pod = cloud.pod("driftctl", "platform", GO, NAT[2])
    states = tuple(
        Call(
            "s3", "GetObject",
            {"bucketName": "acme-tfstate", "key": f"{project}/prod.tfstate", "Host": "acme-tfstate.s3.eu-central-1.amazonaws.com"},
            data=True,
        )
        for project in ("network", "shop", "billing", "search")
    )  # fmt: skip
    seen = named("ec2", "DescribeInstances", "DescribeSecurityGroups", "DescribeVpcs")
    world.plan(nightly(world.random, PERIOD, 4), lambda at: pod.do(at, *states, *seen))


COMPONENTS = (
    Component(packer, 1),
    Component(access_broker, 2),
    Component(drift_detector, 1),
)
