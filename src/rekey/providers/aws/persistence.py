"""What a thief may have left in an account: credentials, identities and trust that are new.

Only what carries a date can be told from what was there before. What changes without one (trust,
policies of users and roles, members of groups) CloudTrail tells: :mod:`rekey.providers.aws.acts`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rekey.containment.errors import Denied, Refused
from rekey.providers.aws.client import Aws, Missing

_OF_A_USER: Final = (
    ("list_access_keys", "AccessKeyMetadata", "access key", "AccessKeyId", "CreateDate"),
    ("list_mfa_devices", "MFADevices", "MFA device", "SerialNumber", "EnableDate"),
    ("list_service_specific_credentials", "ServiceSpecificCredentials",
     "service-specific credential", "ServiceSpecificCredentialId", "CreateDate"),
    ("list_signing_certificates", "Certificates", "signing certificate", "CertificateId",
     "UploadDate"),
    ("list_ssh_public_keys", "SSHPublicKeys", "SSH key", "SSHPublicKeyId", "UploadDate"),
)  # fmt: skip
_OF_THE_ACCOUNT: Final[tuple[tuple[str, str, str, str, str, dict[str, str]], ...]] = (
    ("list_users", "Users", "user", "UserName", "CreateDate", {}),
    ("list_roles", "Roles", "role", "RoleName", "CreateDate", {}),
    ("list_groups", "Groups", "group", "GroupName", "CreateDate", {}),
    ("list_policies", "Policies", "policy", "PolicyName", "UpdateDate", {"Scope": "Local"}),
    ("list_open_id_connect_providers", "OpenIDConnectProviderList", "OIDC provider", "Arn", "", {}),
    ("list_saml_providers", "SAMLProviderList", "SAML provider", "Arn", "CreateDate", {}),
)  # fmt: skip
_ANYWHERE: Final = (
    ("list_trust_anchors", "trustAnchors", "Roles Anywhere trust anchor", "trustAnchorId"),
    ("list_profiles", "profiles", "Roles Anywhere profile", "profileId"),
)  # fmt: skip

OF_A_USER: Final = (
    "iam:ListAccessKeys", "iam:ListMFADevices", "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates", "iam:ListSSHPublicKeys", "iam:GetLoginProfile",
)  # fmt: skip
"""Rights that :func:`of_user` needs, on users."""
OF_THE_ACCOUNT: Final = (
    "iam:ListUsers", "iam:ListRoles", "iam:ListGroups", "iam:ListPolicies",
    "iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider", "iam:ListSAMLProviders",
    "rolesanywhere:ListTrustAnchors", "rolesanywhere:ListProfiles", "eks:ListClusters",
    "eks:ListAccessEntries", "eks:DescribeAccessEntry", "eks:ListPodIdentityAssociations",
    "eks:DescribePodIdentityAssociation",
)  # fmt: skip
"""Rights that :func:`of_account` and :func:`of_region` need, on everything."""


@dataclass(frozen=True)
class Found:
    """Something new.

    Attributes:
        what: its kind, in words.
        id: its id or name; ``name`` by which CloudTrail knows it.
        of: the user or cluster that it belongs to.
    """

    what: str
    id: str
    name: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.id} of {self.of}" if self.of else f"{self.what} {self.id}"


def of_user(aws: Aws, name: str, since: datetime, not_asked: list[str]) -> Iterator[Found]:
    """Give the credentials of a user that are newer than a time."""
    for operation, field, what, id, date in _OF_A_USER:
        for one in _listed(aws, "iam", operation, field, not_asked, UserName=name):
            if one[date] >= since:
                yield Found(what, str(one[id]), str(one[id]), name)
    try:
        profile = aws.read("iam", "get_login_profile", UserName=name)["LoginProfile"]
    except Missing:
        return
    except Denied as error:
        not_asked.append(f"{error.permission} (denied)")
        return
    if profile["CreateDate"] >= since:
        yield Found("password", f"password/{name}", name, name)


def of_account(aws: Aws, since: datetime, not_asked: list[str]) -> Iterator[Found]:
    """Give identities, policies and providers of the account that are newer than a time."""
    for operation, field, what, id, date, given in _OF_THE_ACCOUNT:
        for one in _listed(aws, "iam", operation, field, not_asked, **given):
            made = one[date] if date else _created(aws, str(one[id]))
            if made >= since:
                yield Found(what, str(one[id]), str(one[id]).rpartition("/")[2])


def of_region(aws: Aws, since: datetime, not_asked: list[str]) -> Iterator[Found]:
    """Give what lets somebody in from outside IAM, in the region of ``aws``."""
    for operation, field, what, id in _ANYWHERE if aws.offers("rolesanywhere") else ():
        for one in _listed(aws, "rolesanywhere", operation, field, not_asked):
            if max(one["createdAt"], one.get("updatedAt") or one["createdAt"]) >= since:
                yield Found(what, str(one[id]), str(one[id]))
    for cluster in _listed(aws, "eks", "list_clusters", "clusters", not_asked):
        yield from _of_cluster(aws, str(cluster), since, not_asked)


def _of_cluster(aws: Aws, cluster: str, since: datetime, not_asked: list[str]) -> Iterator[Found]:
    """Give who was let into a cluster, and which of its accounts got a role."""
    named = {"clusterName": cluster}
    for arn in _listed(aws, "eks", "list_access_entries", "accessEntries", not_asked, **named):
        entry = aws.read("eks", "describe_access_entry", principalArn=arn, **named)["accessEntry"]
        if max(entry["createdAt"], entry.get("modifiedAt") or entry["createdAt"]) >= since:
            yield Found("EKS access entry", str(arn), str(arn), cluster)
    given = _listed(
        aws, "eks", "list_pod_identity_associations", "associations", not_asked, **named
    )
    for one in given:
        id = str(one["associationId"])
        about = aws.read("eks", "describe_pod_identity_association", associationId=id, **named)
        if about["association"]["createdAt"] >= since:
            yield Found("EKS Pod Identity association", id, id, cluster)


def _created(aws: Aws, arn: str) -> datetime:
    found = aws.read("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
    created: datetime = found["CreateDate"]
    return created


def _listed(
    aws: Aws, service: str, operation: str, field: str, not_asked: list[str], **given: Any
) -> Sequence[Any]:
    """List; what the server does not know, or may not tell us, is noted, and not taken for empty."""
    try:
        return aws.listed(service, operation, field, **given)
    except Missing:
        return []  # it is gone since
    except Refused as error:
        name = aws.client(service).meta.method_to_api_mapping[operation]
        why = "denied" if isinstance(error, Denied) else "not known to the server"
        where = f" in {aws.region}" if service != "iam" else ""
        not_asked.append(f"{service}:{name}{where} ({why})")
        return []
