"""Investigations in code: a chain through five log sources, an empty one and a crowded one.

The long lines are tables: one act, alert or credential each.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rekey.alert import ActorRef, Alert, CredentialRef, Level, OriginRef, RawEvent, RuleRef
from rekey.case import (
    Abnormal,
    Attribution,
    Bond,
    Case,
    CaseActor,
    Confidence,
    CredentialNode,
    InputDigest,
    Investigation,
    NotEvaluable,
    Owner,
    RejectedRecord,
    SiemAlert,
    SourceReadiness,
    Step,
)
from rekey.habit import Habit

RUNNER, THIEF, POD = "192.0.2.40", "203.0.113.77", "10.12.4.31"
GITHUB = "m0Yq8S0u2nVn1B9o5lq7mH2r8k3n2X0pJ1cQ4tW6z8E="
OIDC = "oidc:repo:example-org/shop:ref:refs/heads/main"
DEPLOY, LEDGER = "ASIA5EXAMPLEDEPLOY01", "ASIA5EXAMPLELEDGER02"
JTI = "JTI=6f0c9a1e-2f4b-4f3a-9c57-0b8f5b1d7a21"
VAULT = "hmac-sha256:52da5053b2734a770df188c5be23c023daed2cef608ff7614a47ddf74b13569a"
GCP = "principal://iam.googleapis.com/projects/417/locations/global/workloadIdentityPools/eks/subject/system:serviceaccount:payments:ledger"
BACKDOOR = "AKIA5EXAMPLEBACKDR03"
ROLE = "arn:aws:iam::111122223333:role/"


def at(clock: str, day: int = 20) -> datetime:
    """A moment of November 2026, UTC."""
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}+00:00")


def rule(path: str, title: str, level: Level, playbook: str | None = None, *tags: str) -> RuleRef:
    id = str(uuid5(NAMESPACE_URL, path))
    return RuleRef(path=path, id=id, title=title, level=level, tags=tags, playbook=playbook)


RULES = (
    rule("github/token_on_new_network", "A GitHub token is used from a network it was never used from before", "medium", "github_token", "attack.initial-access", "attack.t1078.004", "owasp-nhi.nhi2"),
    rule("aws/session_key_used_from_two_networks", "An AWS session key is used from two networks within an hour", "high", "aws_session", "attack.credential-access", "attack.t1550.001", "owasp-nhi.nhi2"),
    rule("aws/new_role_chain", "A role assumes another role for the first time", "medium", "aws_session", "attack.lateral-movement", "attack.t1550.001"),
    rule("aws/many_secrets_read", "A workload reads far more distinct secrets than usual", "high", "aws_session", "attack.credential-access", "attack.t1555.006"),
    rule("kubernetes/token_requested_for_other_account", "A token is requested for another service account from outside the cluster", "high", "kubernetes_service_account", "attack.credential-access", "attack.t1528"),
    rule("kubernetes/bound_token_off_its_pod", "A bound service account token is used from an address that is not its pod's", "critical", "kubernetes_service_account", "attack.credential-access", "attack.t1528", "owasp-nhi.nhi2"),
    rule("vault/first_seen_path", "A Vault identity reads a secret path for the first time", "medium", "vault_token", "attack.credential-access", "attack.t1555"),
    rule("gcp/federated_principal_first_seen", "A federated principal appears for the first time", "low", None, "attack.initial-access"),
    rule("aws/access_key_created_by_workload", "A workload creates an access key for a user", "critical", "aws_access_key", "attack.persistence", "attack.t1098.001", "owasp-nhi.nhi7"),
)  # fmt: skip


def alert(place: int, first: str, last: str, count: int, source: str, actor: str, credential: str, kind: str, value: str | None = None, expected: tuple[str, ...] = (), targets: tuple[str, ...] = (), actions: tuple[str, ...] = ()) -> Alert:  # fmt: skip
    return Alert(
        id=f"{place:016x}", rule=RULES[place - 1], sources=(source,),
        actor=ActorRef(id=actor, kind="workload"), credential=CredentialRef(id=credential, kind=kind),
        origins=(OriginRef(ip=THIEF, network="203.0.113.0/24", scope="external", user_agent="aws-cli/2.31.9 md/Botocore#1.40.1"),),
        targets=targets, actions=actions, first=at(first), last=at(last), count=count, value=value, expected=expected,
        sample_ids=(f"e-{place}-1",), seqs=(place, place + 100),
        events=(RawEvent(event_id=f"e-{place}-1", time=at(first), source=source, path=f"logs/{source}.ndjson.gz", record=1000 + place, document={"eventTime": first, "sourceIPAddress": THIEF}),),
    )  # fmt: skip


CI, DEPLOYER, LEDGER_ROLE = "example-org/shop", ROLE + "shop-deploy", ROLE + "ledger-admin"
ACCOUNT, ENTITY = "prod-eu/system:serviceaccount:payments:ledger", "vault-prod/entity/7d2c1f5e"

ALERTS = (
    alert(1, "09:14:02", "09:15:30", 4, "github_audit", "shop-ci-bot", GITHUB, "Fine-grained personal access token", "203.0.113.0/24", ("192.0.2.0/24",), ("example-org/shop",), ("git.clone", "workflows.created_workflow_run")),
    alert(2, "09:21:10", "09:41:50", 41, "aws_cloudtrail", DEPLOYER, DEPLOY, "aws_session_key", "2", (), (), ("GetCallerIdentity", "AssumeRole")),
    alert(3, "09:21:30", "09:21:30", 1, "aws_cloudtrail", DEPLOYER, DEPLOY, "aws_session_key", LEDGER_ROLE, (ROLE + "shop-publish", ROLE + "shop-cache")),
    alert(4, "09:22:05", "09:24:31", 23, "aws_cloudtrail", LEDGER_ROLE, LEDGER, "aws_session_key", "23", (), ("prod/payments/stripe", "prod/payments/db", "prod/tls/edge"), ("GetSecretValue",)),
    alert(5, "09:31:12", "09:31:12", 1, "kubernetes_audit", LEDGER_ROLE, LEDGER, "aws_session_key", None, (), ("payments/ledger",), ("create serviceaccounts/token",)),
    alert(6, "09:33:40", "09:40:02", 9, "kubernetes_audit", ACCOUNT, JTI, "k8s_token", None, (), ("payments/ledger-db",), ("get secrets",)),
    alert(7, "09:36:20", "09:38:44", 12, "vault_audit", ENTITY, VAULT, "vault_service_token", "secret/data/prod/payments/*", ("secret/data/prod/ledger/*", "secret/data/shared/ca"), ("secret/data/prod/payments/signing-key",), ("read",)),
    alert(8, "09:41:05", "13:05:12", 6, "gcp_audit", GCP, GCP, "federated_principal", GCP[-40:], (), ("projects/_/buckets/ledger-exports",), ("storage.objects.get",)),
    alert(9, "13:07:31", "13:07:31", 1, "aws_cloudtrail", DEPLOYER, DEPLOY, "aws_session_key", None, (), ("backup-operator",), ("CreateAccessKey",)),
)  # fmt: skip

SOURCE_OF = {
    GITHUB: "github_audit",
    JTI: "kubernetes_audit",
    VAULT: "vault_audit",
    GCP: "gcp_audit",
}


def node(id: str, kind: str, actor: str, parent: str | None, link: Attribution | None, reason: str | None, minted: str | None, event: str | None, expires: datetime | None, validity: str, uses: int, first: str, last: str) -> CredentialNode:  # fmt: skip
    return CredentialNode.model_validate({
        "credential": {"id": id, "kind": kind, "issued_at": at(minted) if minted else None},
        "actor_id": actor, "parent_id": parent, "link": link, "link_reason": reason,
        "minted_at": at(minted) if minted else None, "minted_by_event": event, "expires_at": expires, "validity": validity,
        "first_used": at(first), "last_used": at(last), "uses": uses, "sources": (SOURCE_OF.get(id, "aws_cloudtrail"),),
        "alerts": tuple(alert.id for alert in ALERTS if alert.credential.id == id),
    })  # fmt: skip


CREDENTIALS = (
    node(GITHUB, "Fine-grained personal access token", "shop-ci-bot", None, None, None, None, None, None, "unknown", 9, "08:58:10", "09:15:30"),
    node(OIDC, "oidc_subject", CI, GITHUB, "derived", "same repository, the run began 9 s before", "09:15:39", "m-run", at("09:20:39"), "expired", 1, "09:15:41", "09:15:41"),
    node(DEPLOY, "aws_session_key", DEPLOYER, OIDC, "proven", "AssumeRoleWithWebIdentity issued this key", "09:15:41", "m-deploy", at("21:15:41"), "valid", 44, "09:15:49", "13:07:31"),
    node(LEDGER, "aws_session_key", LEDGER_ROLE, DEPLOY, "proven", "AssumeRole issued this key", "09:21:30", "m-ledger", at("10:21:30"), "expired", 38, "09:22:05", "09:31:12"),
    node(JTI, "k8s_token", ACCOUNT, LEDGER, "proven", "issued-credential-id of the TokenRequest", "09:31:12", "m-token", at("10:31:12"), "expired", 14, "09:33:40", "09:41:05"),
    node(VAULT, "vault_service_token", ENTITY, JTI, "derived", "Kubernetes login of the same service account, 2 min after", "09:36:02", "m-vault", at("09:36:02", 21), "valid", 12, "09:36:20", "09:38:44"),
    node(GCP, "federated_principal", GCP, JTI, "ambiguous", "the principal fits the service account, but its tokens carry no id", "09:41:05", "m-gcp", None, "unknown", 6, "09:41:05", "13:05:12"),
    node(BACKDOOR, "aws_access_key", "arn:aws:iam::111122223333:user/backup-operator", DEPLOY, "proven", "CreateAccessKey issued this key", "13:07:31", "m-backdoor", None, "valid", 3, "13:12:04", "13:31:40"),
)  # fmt: skip


def step(clock: str, source: str, event: str, actor: str, credential: str | None, action: str, target: str | None, ip: str, role: str = "context", alerts: Iterable[int] = (), outcome: str = "success", count: int = 1, until: str | None = None) -> Step:  # fmt: skip
    time = at(clock)
    return Step.model_validate({
        "time": time, "until": at(until) if until else None, "count": count, "source": source, "event_id": event,
        "actor_id": actor, "credential_id": credential, "action": action, "outcome": outcome, "target": target,
        "origin": {"ip": ip, "network": ip.rpartition(".")[0] + ".0/24", "scope": "internal" if ip == POD else "external",
                   "user_agent": "kubectl/v1.33.1 (darwin/arm64)" if ip == THIEF else "github-actions"},
        "role": role, "alerts": tuple(ALERTS[number - 1].id for number in alerts),
        "path": f"logs/{source}.ndjson.gz", "record": 40_000 + int(time.timestamp()) % 9000,
        "raw": {"eventTime": time.isoformat(), "eventName": action, "sourceIPAddress": ip, "userAgent": "aws-cli/2.31.9",
                "userIdentity": {"type": "AssumedRole", "accessKeyId": credential, "arn": actor},
                "requestParameters": {"secretId": target, "versionStage": "AWSCURRENT"},
                "responseElements": {"credentials": {"sessionToken": "[redacted]"}}, "eventID": event},
    })  # fmt: skip


def context(
    minutes: range, source: str, actor: str, credential: str, action: str, ip: str
) -> Iterator[Step]:
    for minute in minutes:
        yield step(f"{8 + minute // 60:02}:{minute % 60:02}:{minute * 7 % 60:02}", source, f"c-{source}-{minute}", actor, credential, action, "example-org/shop", ip)  # fmt: skip


TIMELINE = (
    *context(range(18, 72, 6), "github_audit", "shop-ci-bot", GITHUB, "git.fetch", RUNNER),
    step("09:14:02", "github_audit", "e-1-1", "shop-ci-bot", GITHUB, "git.clone", "example-org/shop", THIEF, "alert", [1]),
    step("09:15:30", "github_audit", "e-1-2", "shop-ci-bot", GITHUB, "workflows.created_workflow_run", "example-org/shop", THIEF, "alert", [1]),
    step("09:15:39", "github_audit", "m-run", CI, None, "workflows.prepared_workflow_job", "example-org/shop", RUNNER, "mint"),
    step("09:15:41", "aws_cloudtrail", "m-deploy", CI, OIDC, "AssumeRoleWithWebIdentity", DEPLOYER, RUNNER, "mint"),
    step("09:15:49", "aws_cloudtrail", "c-caller", DEPLOYER, DEPLOY, "GetCallerIdentity", None, RUNNER),
    step("09:21:10", "aws_cloudtrail", "e-2-1", DEPLOYER, DEPLOY, "GetCallerIdentity", None, THIEF, "alert", [2]),
    step("09:21:30", "aws_cloudtrail", "m-ledger", DEPLOYER, DEPLOY, "AssumeRole", LEDGER_ROLE, THIEF, "mint", [2, 3]),
    step("09:22:05", "aws_cloudtrail", "e-4-1", LEDGER_ROLE, LEDGER, "ListSecrets", None, THIEF, "alert", [4]),
    *(step(f"09:2{2 + number // 12}:{number % 12 * 5:02}", "aws_cloudtrail", f"e-4-{number}", LEDGER_ROLE, LEDGER, "GetSecretValue", f"prod/payments/{name}", THIEF, "alert", [4])
      for number, name in enumerate(("stripe", "db", "ledger-db", "smtp", "edge", "kms-wrap", "sftp", "ldap", "jwt", "webhook", "cdn", "pager"), 3)),
    step("09:30:44", "kubernetes_audit", "c-ssar", LEDGER_ROLE, LEDGER, "create selfsubjectaccessreviews", None, THIEF, count=17, until="09:30:58"),
    step("09:31:01", "kubernetes_audit", "c-denied", LEDGER_ROLE, LEDGER, "list secrets", "kube-system/*", THIEF, outcome="denied"),
    step("09:31:12", "kubernetes_audit", "m-token", LEDGER_ROLE, LEDGER, "create serviceaccounts/token", "payments/ledger", THIEF, "mint", [5]),
    step("09:33:40", "kubernetes_audit", "e-6-1", ACCOUNT, JTI, "get secrets", "payments/ledger-db", THIEF, "alert", [6], count=9, until="09:40:02"),
    step("09:34:10", "kubernetes_audit", "c-pod", ACCOUNT, "JTI=0d9b77aa-0001-4e0b-8e2e-3a1f6d0b9a10", "get configmaps", "payments/ledger", POD, count=6, until="09:52:10"),
    step("09:36:02", "vault_audit", "m-vault", ACCOUNT, JTI, "update auth/kubernetes/login", "auth/kubernetes/login", THIEF, "mint"),
    step("09:36:20", "vault_audit", "e-7-1", ENTITY, VAULT, "read", "secret/data/prod/payments/signing-key", THIEF, "alert", [7], count=12, until="09:38:44"),
    step("09:41:05", "gcp_audit", "m-gcp", GCP, JTI, "google.identity.sts.v1.SecurityTokenService.ExchangeToken", "workloadIdentityPools/eks", THIEF, "mint", [8]),
    step("09:41:50", "gcp_audit", "e-8-1", GCP, GCP, "storage.objects.get", "projects/_/buckets/ledger-exports", THIEF, "alert", [8], count=4, until="09:42:10"),
    step("13:05:12", "gcp_audit", "e-8-2", GCP, GCP, "storage.objects.list", "projects/_/buckets/ledger-exports", THIEF, "alert", [8], outcome="denied"),
    step("13:07:31", "aws_cloudtrail", "m-backdoor", DEPLOYER, DEPLOY, "CreateAccessKey", "backup-operator", THIEF, "mint", [9]),
    step("13:12:04", "aws_cloudtrail", "c-key", "arn:aws:iam::111122223333:user/backup-operator", BACKDOOR, "ListBuckets", None, THIEF, count=3, until="13:31:40"),
)  # fmt: skip

CASE = Case(
    id="case-6f1d", title="The CI identity of example-org/shop reached production payment secrets through AWS, Kubernetes, Vault and Google Cloud, and left an access key behind",
    level="critical", opened_because="two alerts of level critical and three of level high along one chain of credentials",
    confidence=Confidence(score=88, reasons=("five of seven links are proven", "seven different rules fired on one chain", "one network (203.0.113.0/24) acted in all five sources", "−8: one identity is ambiguous")),
    first=at("09:14:02"), last=at("13:31:40"),
    actors=(
        CaseActor(actor=ActorRef(id="shop-ci-bot", kind="workload", name="shop-ci-bot"), attribution="proven", reasons=("the token's hash is in the record",), owner=Owner(owner="team-shop", team="Storefront", tier="tier 2", contact="#shop-oncall", source="catalog-info.yaml:14")),
        CaseActor(actor=ActorRef(id=DEPLOYER, kind="workload", account="111122223333"), attribution="proven", reasons=("session issuer in the record",), owner=Owner(owner="team-shop", team="Storefront", source="owners.csv:8")),
        CaseActor(actor=ActorRef(id=LEDGER_ROLE, kind="workload", account="111122223333"), attribution="proven", reasons=("session issuer in the record",), owner=Owner(owner="team-payments", team="Payments", system="ledger", tier="tier 1", contact="payments-oncall@example.com", source="owners.csv:21")),
        CaseActor(actor=ActorRef(id=ACCOUNT, kind="workload"), attribution="derived", reasons=("token id issued to this account", "used off its pod"), owner=Owner(owner="team-payments", source="owners.csv:22"), shared=True),
        CaseActor(actor=ActorRef(id=ENTITY, kind="workload"), attribution="derived", reasons=("service account in the login's metadata",), owner=None),
        CaseActor(actor=ActorRef(id=GCP, kind="unknown"), attribution="ambiguous", reasons=("short-lived tokens carry no id",), owner=None),
    ),
    credentials=CREDENTIALS, alerts=ALERTS,
    abnormal=(
        Abnormal(alert_id=ALERTS[0].id, dimension="origin.network", observed="203.0.113.0/24", expected=("192.0.2.0/24", "198.51.100.0/24"), first_seen=at("09:14:02"), basis="31 days of history, 2,104 events of shop-ci-bot"),
        Abnormal(alert_id=ALERTS[2].id, dimension="assumed role", observed=LEDGER_ROLE, expected=(ROLE + "shop-publish", ROLE + "shop-cache"), first_seen=at("09:21:30"), basis="31 days of history, 412 sessions of shop-deploy"),
        Abnormal(alert_id=ALERTS[3].id, dimension="distinct secrets a day", observed="23", expected=("0 to 2",), first_seen=at("09:22:05"), basis="31 days of history, p99 = 2"),
        Abnormal(alert_id=ALERTS[6].id, dimension="vault path", observed="secret/data/prod/payments/*", expected=("secret/data/prod/ledger/*", "secret/data/shared/ca"), first_seen=at("09:36:20"), basis="17 days of history, 5,310 reads"),
    ),
    timeline=TIMELINE,
    targets=("prod/payments/stripe", "prod/payments/db", "prod/payments/ledger-db", "payments/ledger-db", "secret/data/prod/payments/signing-key", "projects/_/buckets/ledger-exports", "backup-operator", "payments/ledger", LEDGER_ROLE),
    playbooks=("aws_access_key", "aws_session", "kubernetes_service_account", "vault_token", "github_token"),
    not_evaluable=(
        NotEvaluable(what="Was the OIDC token itself used elsewhere?", reason="GitHub does not log the tokens that its issuer hands to a job"),
        NotEvaluable(what="Which Google Cloud tokens came from the exchange?", reason="short-lived tokens carry no id in Cloud Audit Logs"),
    ),
    bonds=(
        Bond(by="repository", name="example-org/shop", alerts=(ALERTS[0].id, ALERTS[1].id)),
        Bond(by="credential", name=DEPLOY, alerts=tuple(ALERTS[n].id for n in (1, 2, 8))),
        Bond(by="credential", name=LEDGER, alerts=tuple(ALERTS[n].id for n in (1, 3, 4))),
        Bond(by="service account", name=ACCOUNT.partition("/")[2], network="203.0.113.0/24", alerts=tuple(ALERTS[n].id for n in (4, 5, 6, 7))),
    ),
    siem_alerts=(
        SiemAlert(
            siem="elastic", id="9f1c2d", rule="Unusual secret reads", rule_id="5a0e-rule",
            time=at("09:24:40"), because="it names a credential of the case",
        ),
    ),
)  # fmt: skip

REGISTRY_PULL = rule(
    "aws/registry_pull_from_new_region",
    "A workload pulls an image from a region that is new to it",
    "low",
)
LATE_KEY = rule(
    "aws/access_key_over_age",
    "An access key older than its policy is in use",
    "medium",
    "aws_access_key",
)


def lone_alert(place: int, of: RuleRef, actor: str) -> Alert:
    like = alert(1, f"10:{place % 60:02}:00", f"10:{place % 60:02}:40", place + 1, "aws_cloudtrail", actor, f"AKIA5EXAMPLE{place:08}", "aws_access_key")  # fmt: skip
    return like.model_copy(update={"id": f"{place + 4096:016x}", "rule": of})


def investigation(**changes: Any) -> Investigation:
    """The realistic one: five log sources, one case, some alerts that opened none."""
    whole = Investigation(
        tool_version="0.1.0", ruleset_digest="9c1d" * 16, rules=64, started=at("15:02:11"), time_range=(at("08:00:00"), at("14:00:00")),
        inputs=tuple(
            InputDigest(path=f"logs/{name}.ndjson.gz", sha256=f"{place:x}a7d" * 16, size=size, events=events, rejected=rejected)
            for place, (name, size, events, rejected) in enumerate((("aws_cloudtrail", 48_211_904, 31_870, 0), ("kubernetes_audit", 22_019_203, 14_022, 11), ("vault_audit", 3_204_111, 2_190, 0), ("github_audit", 811_200, 640, 0), ("gcp_audit", 1_204_552, 903, 3)))
        ),
        rejected={"truncated": 11, "absurd_time": 3},
        first_rejected=(RejectedRecord(reason="truncated", path="logs/kubernetes_audit.ndjson.gz", record=1_207, detail="the input ends in the middle of it"), RejectedRecord(reason="absurd_time", path="logs/gcp_audit.ndjson.gz", record=88, detail="no timestamp")),
        readiness=(
            SourceReadiness(source="aws_cloudtrail", present=True, events=31_870, first=at("08:00:01"), last=at("13:59:40")),
            SourceReadiness(source="kubernetes_audit", present=True, events=14_022, first=at("08:00:00"), last=at("13:59:58"), gaps=((at("11:10:00"), at("11:52:00")),), notes=("level Metadata: the lifetime that a token request asks for is not logged",)),
            SourceReadiness(source="vault_audit", present=True, events=2_190, first=at("08:00:20"), last=at("13:58:12"), notes=("one audit device: ids are comparable",)),
            SourceReadiness(source="github_audit", present=True, events=640, first=at("08:01:00"), last=at("13:57:00"), notes=("actor_ip is logged",)),
            SourceReadiness(source="gcp_audit", present=True, events=903, first=at("08:10:00"), last=at("13:40:00"), notes=("Data Access logs are on for sts and storage only",)),
            SourceReadiness(source="spire_audit", present=False, events=0, first=None, last=None),
        ),
        cases=(CASE,),
        other_alerts=(*(lone_alert(place, REGISTRY_PULL, ROLE + f"svc-{place}") for place in range(4)), lone_alert(9, LATE_KEY, "arn:aws:iam::111122223333:user/legacy-export")),
        habits=(
            Habit(alert=lone_alert(31, LATE_KEY, "arn:aws:iam::111122223333:user/nightly-export"), alerts=28, events=1_204, since=date(2026, 10, 20), days=30, because="known networks, targets"),
            Habit(alert=lone_alert(32, REGISTRY_PULL, ROLE + "ci-runner"), alerts=112, events=112, since=date(2026, 10, 24), days=27, because="known targets; networks change all the time"),
        ),
        not_evaluable=(
            *(NotEvaluable(what=f"spire/{name}", reason="no spire_audit logs in the input") for name in ("svid_serial_on_two_nodes", "agent_attested_from_new_network", "entry_created_by_workload")),
            NotEvaluable(what="kubernetes/token_lifetime_over_policy", reason="audit level Metadata hides the request body"),
            NotEvaluable(what="github/deploy_key_on_new_network", reason="actor_ip is not logged for git events in this export"),
        ),
        site_in_force=("backup: events with verb get are left out for all rules of kubernetes/audit (owner: platform; until 2027-06-30)", "aws/registry_pull_from_new_region is switched off"),
        learning=("arn:aws:iam::111122223333:role/new-batch", "prod-eu/system:serviceaccount:search:indexer"),
    )  # fmt: skip
    return whole.model_copy(update=changes)


def empty() -> Investigation:
    """Nothing found, everything evaluable."""
    return investigation(cases=(), other_alerts=(), habits=(), not_evaluable=(), rejected={}, first_rejected=(), learning=(), readiness=investigation().readiness[:1])  # fmt: skip


def child(place: int, parent: CredentialNode) -> CredentialNode:
    """One of many session keys; only the fortieth has an alert."""
    return CREDENTIALS[3].model_copy(update={
        "credential": CredentialRef(id=f"ASIA5EXAMPLE{place:08}", kind="aws_session_key"),
        "parent_id": parent.credential.id,
        "alerts": (ALERTS[3].id,) if place == 40 else (),
    })  # fmt: skip


def crowded() -> Investigation:
    """One case with 60 credentials and 2,000 steps, and a second one with next to nothing."""
    crowd = [CREDENTIALS[2].model_copy(update={"parent_id": None, "link": None})]
    for place in range(59):
        crowd.append(child(place, crowd[place // 12]))
    steps = [
        TIMELINE[0 if place % 50 else 16].model_copy(update={
            "time": at("06:00:00") + timedelta(seconds=place * 13),
            "event_id": f"n-{place}",
            "credential_id": crowd[place % 60].credential.id,
        })
        for place in range(2000)
    ]  # fmt: skip
    big = CASE.model_copy(update={"credentials": tuple(crowd), "timeline": tuple(steps)})
    bare = Case(
        id="bare", title="A case of one alert", level="medium", opened_because="one alert",
        confidence=Confidence(score=0, reasons=()), first=ALERTS[2].first, last=ALERTS[2].last,
        actors=(), credentials=(), alerts=ALERTS[2:3], abnormal=(), timeline=(), targets=(),
        playbooks=(), not_evaluable=(), lossy=True,
    )  # fmt: skip
    return investigation(cases=(big, bare))


def many() -> Investigation:
    """120 small cases of one identity, each graver than the one case of another."""
    shop, other = (
        CASE.model_copy(update={"timeline": TIMELINE[:4], "credentials": CREDENTIALS[:2]}),
        lone_alert(7, LATE_KEY, "arn:aws:iam::111122223333:user/night-watch"),
    )
    cases = [
        shop.model_copy(
            update={
                "id": f"shop-{place}",
                "title": f"The shop again, {place}",
                "first": at("09:14:02") + timedelta(days=place),
                "last": at("10:14:02") + timedelta(days=place),
            }
        )
        for place in range(120)
    ]
    last = shop.model_copy(
        update={
            "id": "watch",
            "title": "The night watch",
            "level": "medium",
            "alerts": (other,),
            "bonds": (),
        }
    )
    return investigation(cases=(*cases, last))
