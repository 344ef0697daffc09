"""Programs that read their secrets in Vault, and people who look into it."""

from functools import partial

from fixtures.scenarios.generator.clock import DAY, HOUR, daytime, nightly, steady
from fixtures.scenarios.generator.identities import stable_uuid
from fixtures.scenarios.generator.vault import Login, Token, Vault, approle_login, kubernetes_login
from fixtures.scenarios.generator.world import World
from tests.everyday import networks
from tests.everyday.world import PERIOD, Component

AUDIT_DEVICE = "vault-prod"


def _entity(*names: str) -> str:
    return stable_uuid("everyday-entity", *names)


def behind_a_load_balancer(world: World) -> None:
    """Vault sees the balancer's nodes: X-Forwarded-For is not trusted unless it is configured.

    https://developer.hashicorp.com/vault/docs/configuration/listener/tcp#x_forwarded_for_authorized_addrs
    """
    vault = Vault(world, AUDIT_DEVICE)

    def address() -> str:
        return world.random.choice(networks.LOAD_BALANCER)

    def read(number: int, token: Token, at: float) -> None:
        for secret in range(3):
            vault.call(token, "read", f"secret/data/svc-{number}/{secret}", at + secret, address())

    def day(number: int, at: float) -> None:
        way = approle_login(f"svc-{number}", _entity("svc", str(number)), 24 * 3600)
        token = vault.login(way, at, address())
        for later in (60, 8 * HOUR):
            world.plan(at + later, partial(read, number, token))

    for number in range(10):
        world.plan(nightly(world.random, PERIOD, 0, 0.5), partial(day, number))


def pods(world: World) -> None:
    """The agent's injector signs in for each pod; pods move.

    https://developer.hashicorp.com/vault/docs/deploy/kubernetes/injector
    """
    vault = Vault(world, AUDIT_DEVICE)

    def start(number: int, at: float) -> None:
        name = f"app{number}"
        way = kubernetes_login("apps", name, _entity("sa", name), name, _entity("apps", name))
        ip = networks.pod(world.random)
        token = vault.login(way, at, ip)
        for read in range(4):
            vault.call(
                token, "read", f"secret/data/apps/{name}/{read % 2}", at + 60 + 500 * read, ip
            )

    for number in range(15):
        world.plan(steady(world.random, PERIOD, 1.2), partial(start, number))


def autoscaling_instances(world: World) -> None:
    """An entity for an IAM role whose instances come and go in three /20 subnets.

    https://developer.hashicorp.com/vault/docs/auth/aws#iam-auth-method
    """
    vault = Vault(world, AUDIT_DEVICE)

    def boot(number: int, at: float) -> None:
        instance, ip = (
            f"i-0{world.hex(16)}",
            f"10.{20 + world.random.randrange(3)}.{world.random.randrange(16)}.{world.random.randrange(2, 250)}",
        )
        metadata = {
            "account_id": "111122223333",
            "auth_type": "iam",
            "canonical_arn": f"arn:aws:iam::111122223333:role/asg-{number}",
            "client_arn": f"arn:aws:sts::111122223333:assumed-role/asg-{number}/{instance}",
            "role_id": _entity("aws-role", str(number)),
        }
        sent = ("iam_http_request_method", "iam_request_url", "iam_request_body", "role")
        way = Login(
            "auth/aws/login",
            sent,
            f"aws-{instance}",
            (f"asg-{number}",),
            metadata,
            _entity("asg", str(number)),
            3600,
        )
        token = vault.login(way, at, ip)
        for read in range(3):
            vault.call(token, "read", f"secret/data/asg/{number}", at + 30 + 600 * read, ip)

    for number in range(5):
        world.plan(steady(world.random, PERIOD, 2), partial(boot, number))


def external_secrets(world: World) -> None:
    """Copies forty secrets, each day.

    https://external-secrets.io/latest/provider/hashicorp-vault/
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = kubernetes_login(
        "external-secrets", "external-secrets", _entity("sa", "eso"), "eso", _entity("eso")
    )

    def sync(at: float) -> None:
        ip = f"10.244.{int(at // DAY) % 5}.9"
        token = vault.login(way, at, ip)
        for number in range(40):
            vault.call(token, "read", f"secret/data/apps/app{number}/x", at + 1 + number * 3, ip)

    world.plan(steady(world.random, PERIOD, 1), sync)


def tenants(world: World) -> None:
    """An application with a secret for each customer; two customers a day are new.

    https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = approle_login("saas", _entity("saas"), 24 * 3600)

    def day(at: float) -> None:
        token = vault.login(way, at, "10.0.7.7")
        customers = 50 + 2 * int((at - PERIOD.start) // DAY)
        for number in range(24):
            path = f"secret/data/tenants/t{world.random.randint(1, customers)}"
            vault.call(token, "read", path, at + 600 + number * 3000, "10.0.7.7")

    world.plan(nightly(world.random, PERIOD, 0, 0.1), day)


def people(world: World) -> None:
    """Sign in by OIDC and browse in the web interface.

    https://developer.hashicorp.com/vault/docs/auth/jwt#oidc-authentication
    """
    vault = Vault(world, AUDIT_DEVICE)

    def look(person: int, at: float) -> None:
        mail = f"p{person}@example.com"
        way = Login("auth/oidc/oidc/callback", ("code", "state"), f"oidc-{mail}", ("staff",),
                    {"role": "default", "email": mail}, _entity("person", mail), 28800)  # fmt: skip
        ip = networks.office(60 + person)
        token = vault.login(way, at, ip)
        vault.call(token, "read", "sys/internal/ui/mounts", at + 1, ip)
        vault.call(token, "list", "secret/metadata/x/", at + 9, ip)
        for number in range(4):
            vault.call(token, "read", f"secret/data/x/{number}", at + 20 + 30 * number, ip)

    for person in range(5):
        world.plan(daytime(world.random, PERIOD, 1), partial(look, person))


COMPONENTS = (
    Component(behind_a_load_balancer, 10),
    Component(pods, 15),
    Component(autoscaling_instances, 5),
    Component(external_secrets, 1),
    Component(tenants, 1),
    Component(people, 5),
)
