"""Keys that last: programs outside AWS, CI with a static key, laptops."""

from functools import partial

from fixtures.scenarios.generator.aws import Call
from fixtures.scenarios.generator.aws_calls import caller_identity, registry_login
from fixtures.scenarios.generator.clock import DAY, daytime
from fixtures.scenarios.generator.company import BOTO, JAVA
from fixtures.scenarios.generator.delivery import AWS_CLI
from fixtures.scenarios.generator.ordinary.people import CLI
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, named
from tests.everyday.networks import ON_PREMISES, hosted_runner, office, on_the_road
from tests.everyday.world import PERIOD, Component


def gitlab_with_a_static_key(world: World) -> None:
    """Variables of a project hold the key; jobs run on GitLab's hosted runners.

    https://docs.gitlab.com/ci/runners/hosted_runners/ (addresses are those of the provider)
    """
    cloud = Cloud(world)

    def deploy(number: int, at: float) -> None:
        ip = hosted_runner(world.random)
        job = cloud.user(f"gitlab-ci-{number}", AWS_CLI, ip)
        job.do(
            at,
            caller_identity(),
            registry_login(),
            *named("ecs", "DescribeServices", "UpdateService"),
        )

    for number in range(3):
        world.plan(daytime(world.random, PERIOD, 5), partial(deploy, number))


def laptops(world: World) -> None:
    """Developers with a key in ~/.aws: at the office, at home, on a train.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-authentication-user.html
    """
    cloud = Cloud(world)

    def work(person: int, at: float) -> None:
        away = world.random.random() < 0.3
        ip = on_the_road(person, world.random) if away else office(40 + person)
        box = cloud.user(f"dev{person}", CLI, ip)
        box.do(
            at,
            *world.random.sample(
                named("ec2", "DescribeInstances", "DescribeImages", "DescribeVpcs"), 2
            ),
        )

    for person in range(4):
        world.plan(daytime(world.random, PERIOD, 4), partial(work, person))


def mailer(world: World) -> None:
    """An application asks for its quota before it sends, and verifies a new sender now and then.

    https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-monitor.html
    """
    cloud = Cloud(world)
    app = cloud.user("mailer", BOTO, ON_PREMISES)
    cloud.rounds(app, 6, named("ses", "GetSendQuota"))
    cloud.rounds(
        app, 1 / 9, named("ses", "GetSendStatistics", "ListIdentities", "VerifyEmailIdentity")
    )


def text_messages(world: World) -> None:
    """An application sets the kind of its text messages before each, and asks for the limit.

    https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
    """
    cloud = Cloud(world)
    app = cloud.user("alarms", BOTO, ON_PREMISES)
    kind = Call("sns", "SetSMSAttributes", {"attributes": {"DefaultSMSType": "Transactional"}})
    limit = Call("sns", "GetSMSAttributes", {"attributes": ["MonthlySpendLimit"]})
    cloud.rounds(app, 4, (kind, limit))


def buckets_of_tests(world: World) -> None:
    """Tests on a build server make five buckets each time, and delete them.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html
    """
    cloud = Cloud(world)
    tests = cloud.user("integration-tests", JAVA, ON_PREMISES)

    def run(at: float) -> None:
        buckets = [f"test-{world.hex(6)}" for _ in range(5)]
        calls = ("CreateBucket", "DeleteBucket")
        tests.do(at, *(Call("s3", name, {"bucketName": b}) for name in calls for b in buckets))

    world.plan(daytime(world.random, PERIOD, 3), run)


def backup(world: World) -> None:
    """A backup appliance takes snapshots with a key.

    https://helpcenter.veeam.com/docs/backup/vsphere/aws_permissions.html
    """
    cloud = Cloud(world)
    app = cloud.user("veeam", JAVA, ON_PREMISES)
    calls = named("ec2", "DescribeVolumes", "CreateSnapshot", "DescribeSnapshots", "CopySnapshot")
    cloud.rounds(app, 4, calls)


def monthly_export(world: World) -> None:
    """Costs are exported at the beginning and at the end of the weeks.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
    """
    cloud = Cloud(world)
    app = cloud.user("invoice-export", BOTO, ON_PREMISES)
    times = (PERIOD.start + day * DAY + 5 * 3600 for day in (0, 27))
    world.plan(times, lambda at: app.do(at, *named("ce", "GetCostAndUsage")))


COMPONENTS = (
    Component(gitlab_with_a_static_key, 3),
    Component(laptops, 4),
    Component(mailer, 1),
    Component(text_messages, 1),
    Component(buckets_of_tests, 1),
    Component(backup, 1),
    Component(monthly_export, 1),
)
