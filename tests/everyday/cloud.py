"""Holders of AWS credentials, as they come into being in one component's world."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fixtures.scenarios.generator import aws_calls, identities, sts
from fixtures.scenarios.generator.aws import Call, Origin, Role, Session, Trail, Workload
from fixtures.scenarios.generator.clock import steady
from fixtures.scenarios.generator.company import GO
from fixtures.scenarios.generator.delivery import ACTION, AWS_CLI
from fixtures.scenarios.generator.identities import ISSUER, PROD
from fixtures.scenarios.generator.world import World
from tests.everyday import networks
from tests.everyday.world import PERIOD

Address = str | Callable[[], str]
"""A fixed address, or one for each call."""


def named(service: str, *names: str) -> tuple[Call, ...]:
    """Give calls without parameters: CloudTrail writes ``null`` for them."""
    return tuple(aws_calls.read(service, name) for name in names)


@dataclass(frozen=True)
class Job:
    """What a CI service runs: the role that it takes, for whom, and what is then called."""

    role: Role
    subject: str
    calls: tuple[Call, ...]
    agent: str = AWS_CLI
    provider: str = sts.GITHUB
    session: str = "GitHubActions"


class Cloud:
    """The accounts, as one component sees them."""

    def __init__(self, world: World) -> None:
        self.world, self.trail = world, Trail(world)

    def pod(
        self, role: str, namespace: str, agent: str = GO, address: Address = networks.NAT[0]
    ) -> Workload:
        """Give a pod that holds a role of its service account (IRSA), which has the same name.

        https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
        """
        bound = identities.role(PROD, role)
        origin = self.origin(address, agent)

        def mint(at: float) -> Session:
            subject, name = f"system:serviceaccount:{namespace}:{role}", str(int(at * 1e9))
            return sts.web_identity(self.trail, bound, ISSUER, subject, name, at, origin())

        return Workload(self.trail, origin, mint)

    def instance(self, role: str, agent: str, address: Address = networks.NAT[0]) -> Workload:
        """Give an instance with its role; EC2 renews the session every six hours.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
        """
        name = f"i-0{self.world.hex(16)}"
        arn = f"arn:aws:ec2:eu-central-1:{PROD}:instance/{name}"
        issued = {"issuerType": "AWS::EC2::Instance", "credentialsIssuedTo": arn}
        return self.served(role, "ec2", name, agent, address, issued, 6)

    def served(
        self, role: str, service: str, name: str, agent: str, address: Address,
        issued_to: dict[str, str] | None = None, hours: float = 1,
    ) -> Workload:  # fmt: skip
        """Give a resource for which a service takes a role (instance, task, function)."""
        bound = identities.role(PROD, role)
        context = {"ec2RoleDelivery": "2.0"} if service == "ec2" else None

        def mint(at: float) -> Session:
            return sts.service_assumes(
                self.trail,
                bound,
                service,
                name,
                at,
                hours=hours,
                issued_to=issued_to,
                context=context,
            )

        return Workload(self.trail, self.origin(address, agent), mint)

    def user(self, name: str, agent: str, address: Address) -> Workload:
        """Give a user of IAM with a key that lasts."""
        user, key = identities.user(PROD, name)
        session = sts.long_term(user, key)
        return Workload(self.trail, self.origin(address, agent), lambda _: session)

    def run(self, job: Job, at: float, address: str | None = None) -> Session:
        """Run a job on a hosted runner: take the role, say who one is, then work.

        aws-actions/configure-aws-credentials calls GetCallerIdentity with what it got (src/index.ts).
        """
        ip = address or networks.hosted_runner(self.world.random)
        action = ACTION if job.provider == sts.GITHUB else job.agent
        session = sts.web_identity(
            self.trail, job.role, job.provider, job.subject, job.session, at, Origin(ip, action)
        )
        if job.provider == sts.GITHUB:
            self.trail.call(session, aws_calls.caller_identity(), at + 1, Origin(ip, action))
        self.work(session, job.calls, at + 12, Origin(ip, job.agent))
        return session

    def work(self, session: Session, calls: Iterable[Call], at: float, origin: Origin) -> None:
        """Make calls one after the other, some seconds apart."""
        for call in calls:
            self.trail.call(session, call, at, origin)
            at += self.world.pause(0.5, 5)

    def rounds(self, worker: Workload, per_day: float, calls: Sequence[Call]) -> None:
        """Make the same calls round the clock, as controllers reconcile; each finds its way out."""

        def act(at: float) -> None:
            for call in calls:
                at = worker.do(at, call)

        self.world.plan(steady(self.world.random, PERIOD, per_day), act)

    def origin(self, address: Address, agent: str) -> Callable[[], Origin]:
        """Give where calls come from."""
        return lambda: Origin(address() if callable(address) else address, agent)

    def any_of(self, addresses: Sequence[str]) -> Callable[[], str]:
        """Give one of several addresses for each call."""
        return lambda: self.world.random.choice(addresses)
