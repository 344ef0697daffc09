"""With which credential: its kind, its holder, what it is bound to, and how long it lives."""

import pytest

from rekey.converters.registry import LogSourceFields
from tests.converters.fields.aws_cloudtrail.computed import CONTEXT, GITHUB, OIDC, value


def test_credentials(source: LogSourceFields) -> None:
    web = {
        "eventName": "AssumeRoleWithWebIdentity", "userIdentity.type": "WebIdentityUser",
        "userIdentity.userName": "repo:o/r:ref:refs/heads/main",
    }  # fmt: skip
    assert value(source, "credential.id", web) == "oidc:repo:o/r:ref:refs/heads/main"
    assert value(source, "credential.kind", web) == "oidc_subject"
    assert value(source, "credential.subject", web) == "repo:o/r:ref:refs/heads/main"
    empty = {"eventName": "ListBuckets", "userIdentity.accessKeyId": ""}
    assert value(source, "credential.id", empty) is None
    assert value(source, "credential.kind", empty) is None
    for prefix, kind in (("AKIA", "aws_access_key"), ("ASIA", "aws_session_key")):
        key = {"eventName": "ListBuckets", "userIdentity.accessKeyId": prefix + "IOSFODNN7EXAMPLE"}
        assert value(source, "credential.kind", key) == kind
    made = {"responseElements.accessKey.accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    assert value(source, "credential.minted_id", made) == "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("Mar 23, 2016 2:39:51 AM", "2016-03-23T02:39:51Z"),
        ("Apr 16, 2025, 3:46:56 PM", "2025-04-16T15:46:56Z"),
        ("Apr 16, 2025, 3:46:56\u202fPM", "2025-04-16T15:46:56Z"),
        ("2025-04-16T15:46:56Z", "2025-04-16T15:46:56Z"),
        ("soon", None),
    ],
)
def test_expiry_of_what_is_minted(source: LogSourceFields, text: str, expiry: str | None) -> None:
    event = {"responseElements.credentials.expiration": text}
    assert value(source, "credential.minted_expires_at", event) == expiry


@pytest.mark.parametrize("created", ["2026-11-03T06:30:00Z", "20261103T063000Z"])
def test_age(source: LogSourceFields, created: str) -> None:
    event = {"eventTime": "2026-11-03T09:00:00Z", CONTEXT + "attributes.creationDate": created}
    assert value(source, "credential.age_hours", event) == 2.5


def test_bindings(source: LogSourceFields) -> None:
    node = {"userIdentity.principalId": "AROAIDPPEZS35WEXAMPLE:i-0a1b2c3d4e5f60718"}
    assert value(source, "credential.bound_to", node) == "i-0a1b2c3d4e5f60718"
    assert value(source, "origin.node", node) == "i-0a1b2c3d4e5f60718"
    assert (
        value(source, "credential.bound_to", {"userIdentity.principalId": "AROAX:i-am-not"}) is None
    )
    issuer = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7"
    for field in (
        "userIdentity.identityProvider",
        CONTEXT + "webIdFederationData.federatedProvider",
    ):
        assert value(source, "origin.cluster", {field: OIDC + issuer}) == issuer
    assert value(source, "origin.cluster", {"userIdentity.identityProvider": GITHUB}) is None


@pytest.mark.parametrize(
    ("holder", "event"),
    [
        ("user", {"userIdentity.accessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        ("user", {"userIdentity.type": "IAMUser", "userIdentity.accessKeyId": ""}),
        ("instance", {"userIdentity.principalId": "AROAX:i-0a1b2c3d4e5f60718"}),
        ("instance", {"userIdentity.principalId": "AROAX:mi-0a1b2c3d4e5f60718"}),
        ("instance", {CONTEXT + "ec2RoleDelivery": "1.0", "userIdentity.principalId": "AROAX:any"}),
        ("function", {"userIdentity.inScopeOf.issuerType": "AWS::Lambda::Function"}),
        ("pod", {"userIdentity.principalId": "AROAX:eks-prod-cart-7d4b-0f8c2a1e-8b1d-4a7e-9a55-1f2d3c4b5a69"}),
        (
            "pod",
            {
                CONTEXT + "webIdFederationData.federatedProvider": OIDC
                + "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7"
            },
        ),
        ("job", {CONTEXT + "webIdFederationData.federatedProvider": GITHUB}),
        ("task", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:" + "0a1b" * 8}),
        ("session", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:" + "0xyz" * 8}),
        ("session", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:i-am-not"}),
        ("session", {"userIdentity.type": "FederatedUser", "userIdentity.accessKeyId": "ASIAIOSFODNN7EXAMPLE"}),
        (None, {"userIdentity.type": "AWSService"}),
        (None, {"userIdentity.type": "Root", "userIdentity.accessKeyId": ""}),
    ],
)  # fmt: skip
def test_who_holds_a_credential(
    source: LogSourceFields, holder: str | None, event: dict[str, str]
) -> None:
    assert value(source, "credential.holder", event) == holder
