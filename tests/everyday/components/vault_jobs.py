"""Jobs that sign in to Vault, do their work, and are gone."""

from functools import partial

from fixtures.scenarios.generator.clock import daytime, nanos, nightly, steady, weekday, weekly
from fixtures.scenarios.generator.identities import stable_uuid
from fixtures.scenarios.generator.vault import Vault, approle_login, jwt_login, kubernetes_login
from fixtures.scenarios.generator.world import World
from tests.everyday.components.vault_clients import AUDIT_DEVICE
from tests.everyday.networks import hosted_runner, pod
from tests.everyday.world import LAST_WEEK, PERIOD, Component


def ci_jobs(world: World) -> None:
    """Workflows read what they deploy with.

    https://developer.hashicorp.com/vault/docs/auth/jwt/oidc-providers/github
    """
    vault = Vault(world, AUDIT_DEVICE)

    def job(number: int, at: float) -> None:
        ip, name = hosted_runner(world.random), f"ci-{number}"
        way = jwt_login(name, f"acme-example/svc-{number}", stable_uuid("everyday-entity", name))
        token = vault.login(way, at, ip)
        for secret in range(3):
            vault.call(token, "read", f"secret/data/ci/{number}/{secret}", at + 4 + secret, ip)

    for number in range(4):
        world.plan(daytime(world.random, PERIOD, 3), partial(job, number))


def terraform(world: World) -> None:
    """Keeps roles and policies of Vault itself, with skip_child_token.

    https://registry.terraform.io/providers/hashicorp/vault/latest/docs#skip_child_token
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = jwt_login("tf", "acme-example/vault-infra", stable_uuid("everyday-entity", "tf"))

    def apply(at: float) -> None:
        if weekday(at) >= 5:
            return
        ip = hosted_runner(world.random)
        token = vault.login(way, at, ip)
        for path in ("sys/mounts", "sys/auth", "sys/policies/acl/app"):
            vault.call(token, "read", path, at + 5, ip)
        if weekday(at) == 1:
            vault.call(
                token, "update", "auth/kubernetes/role/app9", at + 9, ip, sent={"policies": "app9"}
            )
            vault.call(
                token, "update", "sys/policies/acl/app9", at + 12, ip, sent={"policy": "path …"}
            )
            vault.call(token, "read", "secret/data/tf/bootstrap", at + 15, ip)

    world.plan(nightly(world.random, PERIOD, 11, 0.8), apply)


def snapshots(world: World) -> None:
    """A snapshot of the whole storage, every night.

    https://developer.hashicorp.com/vault/docs/sysadmin/snapshots/save
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = approle_login("snapshot", stable_uuid("everyday-entity", "snapshot"))

    def night(at: float) -> None:
        token = vault.login(way, at, "10.0.7.8")
        vault.call(token, "read", "sys/storage/raft/snapshot", at + 2, "10.0.7.8")

    world.plan(nightly(world.random, PERIOD, 1), night)


def consul_connect(world: World) -> None:
    """The servers of a service mesh have their own authority signed anew, long before it ends.

    https://developer.hashicorp.com/consul/docs/connect/ca/vault
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = approle_login("consul-server", stable_uuid("everyday-entity", "consul"), 8 * 24 * 3600)

    def renew(at: float) -> None:
        token = vault.login(way, at, "10.0.12.9")
        sent = {"csr": "-----BEGIN …", "use_csr_values": True, "format": "pem_bundle"}
        vault.call(token, "read", "pki_int/cert/ca", at + 1, "10.0.12.9")
        vault.call(
            token, "update", "pki_int/root/sign-intermediate", at + 2, "10.0.12.9", sent=sent
        )
        # Whichever server leads next writes the role of the leaves, and has them signed by it.
        sent = {"allow_any_name": True, "allowed_uri_sans": "spiffe://*", "no_store": True}
        vault.call(token, "update", "pki_int/roles/leaf-cert", at + 3, "10.0.12.9", sent=sent)
        for leaf in range(3):
            sent = {"csr": "-----BEGIN …", "ttl": "72h"}
            later = at + 10 + leaf
            vault.call(token, "update", "pki_int/sign/leaf-cert", later, "10.0.12.9", sent=sent)

    world.plan(weekly(world.random, PERIOD, 2, 9), renew)


def drawing_services(world: World) -> None:
    """Each has an account of its own made in the database when it starts, and renews the lease.

    https://developer.hashicorp.com/vault/docs/secrets/databases
    """
    vault = Vault(world, AUDIT_DEVICE)

    def start(number: int, at: float) -> None:
        name, ip = f"shop-{number}", pod(world.random)
        entity = stable_uuid("everyday-entity", "drawing", name)
        way = kubernetes_login("shop", name, stable_uuid("everyday-uid", name), name, entity)
        token = vault.login(way, at, ip)
        vault.call(token, "read", f"database/creds/{name}", at + 1, ip)
        for later in (1, 2, 3):
            sent = {"increment": 3600}
            vault.call(token, "update", "sys/leases/renew", at + later * 1200, ip, sent=sent)

    for number in range(6):
        world.plan(steady(world.random, PERIOD, 2), partial(start, number))


def build_server(world: World) -> None:
    """One AppRole for the jobs of all teams; in the last week there is a team more.

    https://plugins.jenkins.io/hashicorp-vault-plugin/
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = approle_login("jenkins", stable_uuid("everyday-entity", "jenkins"))

    def job(at: float) -> None:
        teams = 8 if at < LAST_WEEK else 9
        team = world.random.randrange(teams)
        token = vault.login(way, at, "10.0.7.20")
        vault.call(token, "read", f"secret/data/jenkins/team-{team}", at + 1, "10.0.7.20")
        vault.call(token, "read", f"database/creds/migrate-{team}", at + 2, "10.0.7.20")

    world.plan(daytime(world.random, PERIOD, 12), job)


def cert_manager(world: World) -> None:
    """Has certificates signed by three issuers, and by a fourth in the last week.

    https://cert-manager.io/docs/configuration/vault/
    """
    vault = Vault(world, AUDIT_DEVICE)
    entity = stable_uuid("everyday-entity", "cert-manager")
    uid = stable_uuid("everyday-uid", "cert-manager")
    way = kubernetes_login("cert-manager", "cert-manager", uid, "issuer", entity)

    def renew(at: float) -> None:
        issuers = 3 if at < LAST_WEEK else 4
        ip, issuer = pod(world.random), world.random.randrange(issuers)
        token = vault.login(way, at, ip)
        sent = {"csr": "-----BEGIN …", "common_name": "web.example.com"}
        vault.call(token, "update", f"pki_int/sign/issuer-{issuer}", at + 1, ip, sent=sent)

    world.plan(steady(world.random, PERIOD, 6), renew)


def wrapped_secret_ids(world: World) -> None:
    """A provisioner hands hosts their secret ID wrapped; now and then one asks again with the old token.

    https://developer.hashicorp.com/vault/docs/agent-and-proxy/autoauth/methods/approle
    """
    vault = Vault(world, AUDIT_DEVICE)
    way = approle_login("provisioner", stable_uuid("everyday-entity", "provisioner"))

    def stale(at: float, address: str) -> None:
        # As Vault writes it: a request alone, which names the token and no caller.
        request = {
            "id": world.uuid(),
            "operation": "update",
            "mount_point": "sys/",
            "client_token": vault.hmac(world.hex(24)),
            "namespace": {"id": "root"},
            "path": "sys/wrapping/unwrap",
            "remote_address": address,
            "remote_port": world.random.randrange(32768, 61000),
        }
        record = {
            "time": nanos(at, world.random.randrange(1000)),
            "type": "request",
            "auth": {"client_token": vault.hmac(world.hex(24)), "token_type": "default"},
            "request": request,
            "error": "wrapping token is not valid or does not exist",
        }
        world.put("vault_audit", vault.name, at, record)

    def hand_out(at: float) -> None:
        token = vault.login(way, at, "10.0.7.30")
        path = f"auth/approle/role/host-{world.random.randrange(20)}/secret-id"
        vault.call(token, "update", path, at + 1, "10.0.7.30")
        # A host that was restarted before the next secret ID came, and tries for a minute.
        if world.random.random() < 0.02:
            for attempt in range(6):
                stale(at + 600 + attempt * 10, f"10.0.9.{world.random.randrange(1, 250)}")

    world.plan(daytime(world.random, PERIOD, 4), hand_out)


COMPONENTS = (
    Component(ci_jobs, 4),
    Component(terraform, 1),
    Component(snapshots, 1),
    Component(consul_connect, 1),
    Component(drawing_services, 6),
    Component(build_server, 1),
    Component(cert_manager, 1),
    Component(wrapped_secret_ids, 1),
)
