"""People, by IAM Identity Center, by ADFS, and as users of IAM with a second factor."""

from dataclasses import replace
from functools import partial

from fixtures.scenarios.generator import clock, sts
from fixtures.scenarios.generator.aws import Call, Origin
from fixtures.scenarios.generator.aws_calls import caller_identity, get_secret, iam, read
from fixtures.scenarios.generator.clock import HOUR, daytime, nightly, weekday
from fixtures.scenarios.generator.identities import DATA, PROD, role, user
from fixtures.scenarios.generator.ordinary.people import BROWSER, CLI, SSO_PATH
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud
from tests.everyday.networks import office, on_the_road
from tests.everyday.world import PERIOD, Component

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ATTACH = iam("AttachRolePolicy", {"roleName": "night-batch", "policyArn": ADMINISTRATOR})
NEW_KEY = iam("CreateAccessKey", {"userName": "smtp-relay"})
WORK = (
    read("ec2", "DescribeInstances"), read("iam", "ListUsers"), read("s3", "ListBuckets"),
    NEW_KEY, ATTACH, get_secret(PROD, "prod/app1"),
)  # fmt: skip
LOOK = (caller_identity(), read("ec2", "DescribeInstances"))
WINDOWS = CLI.replace("os/macos#24.6.0", "os/windows#11")


def administrators(world: World) -> None:
    """Sign on, then work in the console and on the command line; some travel.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html
    """
    cloud = Cloud(world)
    admin = role(PROD, "AWSReservedSSO_AdministratorAccess_0a1b2c3d4e5f6071", SSO_PATH)

    def day(person: int, at: float) -> None:
        session = sts.single_sign_on(cloud.trail, admin, f"p{person}@example.com", at)
        for _ in range(6):
            at += world.pause(60, HOUR)
            away = world.random.random() < 0.2
            ip = on_the_road(person, world.random) if away else office(person)
            origin = Origin(ip, world.random.choice((BROWSER, CLI)))
            cloud.trail.call(session, world.random.choice(WORK), at, origin)

    for person in range(10):
        world.plan(daytime(world.random, PERIOD, 1), partial(day, person))


def administrators_by_adfs(world: World) -> None:
    """Sessions are named after the Windows account, without an @; some use saml2aws.

    https://aws.amazon.com/blogs/security/aws-federated-authentication-with-active-directory-federation-services-ad-fs/
    https://github.com/Versent/saml2aws
    """
    cloud = Cloud(world)
    admin = role(PROD, "ADFS-Admins")
    adfs = sts.IdentityProvider(
        f"arn:aws:iam::{PROD}:saml-provider/ADFS",
        "4kZ9bG8mNpExAmPlEqualifier=",
        "http://adfs.example.com/adfs/services/trust",
    )

    def console(person: int, at: float) -> None:
        origin = Origin(office(person), BROWSER)
        session = sts.saml(cloud.trail, admin, f"jdoe{person}", at, origin, adfs)
        for _ in range(6):
            at += world.pause(60, HOUR)
            cloud.trail.call(session, world.random.choice(WORK), at, origin)

    def command_line(person: int, at: float) -> None:
        origin = Origin(office(person), WINDOWS)
        session = sts.saml(cloud.trail, admin, f"jdoe{person}", at, origin, adfs, hours=1)
        todo = (
            *LOOK,
            read("secretsmanager", "ListSecrets"),
            get_secret(PROD, f"prod/app{person}"),
            ATTACH,
            NEW_KEY,
        )
        cloud.work(session, todo if weekday(at) == 2 else LOOK, at + 60, origin)

    for person in range(6):
        world.plan(daytime(world.random, PERIOD, 1), partial(console, person))
    for person in range(3):
        world.plan(daytime(world.random, PERIOD, 1), partial(command_line, person))


def profiles_with_role_arn(world: World) -> None:
    """The CLI takes the role of a profile in another account; the session is botocore's.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
    """
    cloud = Cloud(world)
    developer = role(PROD, "AWSReservedSSO_Dev_0a1b2c3d4e5f6071", SSO_PATH)
    other = role(DATA, "CrossAccountAdmin")

    def work(person: int, at: float) -> None:
        if weekday(at) >= clock.SATURDAY:
            return
        origin = Origin(office(20 + person), CLI)
        signed_on = sts.single_sign_on(cloud.trail, developer, f"q{person}@example.com", at)
        name = f"botocore-session-{int(at)}"
        session = sts.assume(cloud.trail, signed_on, other, name, at + 60, origin)
        todo: tuple[Call, ...] = LOOK
        if weekday(at) == person:
            secret = get_secret(DATA, f"stage/app{person}")
            todo = (caller_identity(), read("iam", "ListRoles"), secret, ATTACH)
        cloud.work(session, todo, at + 70, origin)

    for person in range(5):
        world.plan(nightly(world.random, PERIOD, 9, 3), partial(work, person))


def users_with_a_second_factor(world: World) -> None:
    """GetSessionToken gives a user's script a session that says so.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    cloud = Cloud(world)

    def work(person: int, at: float) -> None:
        someone, key = user(PROD, f"anna{person}")
        session = sts.long_term(someone, key)
        attributes = {"creationDate": clock.seconds(at), "mfaAuthenticated": "true"}
        identity = {**session.identity, "accessKeyId": cloud.trail.key()}
        identity["sessionContext"] = {"attributes": attributes}
        session = replace(session, identity=identity, key=identity["accessKeyId"])
        for _ in range(4):
            at += world.pause(60, HOUR)
            call = world.random.choice(WORK[1:4])
            cloud.trail.call(session, call, at, Origin(office(30 + person), BROWSER))

    for person in range(3):
        world.plan(daytime(world.random, PERIOD, 1), partial(work, person))


COMPONENTS = (
    Component(administrators, 10),
    Component(administrators_by_adfs, 6),
    Component(profiles_with_role_arn, 5),
    Component(users_with_a_second_factor, 3),
)
