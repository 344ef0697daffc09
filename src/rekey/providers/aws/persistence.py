"""What a thief may have left in an account: credentials, identities and trust that are new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rekey.containment.errors import Refused
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
    ("list_policies", "Policies", "policy", "PolicyName", "UpdateDate", {"Scope": "Local"}),
    ("list_open_id_connect_providers", "OpenIDConnectProviderList", "OIDC provider", "Arn", "", {}),
    ("list_saml_providers", "SAMLProviderList", "SAML provider", "Arn", "CreateDate", {}),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Something new.

    Attributes:
        what: its kind, in words.
        id: its id or name; ``name`` by which CloudTrail knows it.
        own: whether it belongs to the user or role that is looked at.
    """

    what: str
    id: str
    name: str
    own: bool

    def __str__(self) -> str:
        return f"{self.what} {self.id}"


def of_user(aws: Aws, name: str, since: datetime, unasked: list[str]) -> Iterator[Found]:
    """Give the credentials of a user that are newer than a time."""
    for operation, field, what, id, date in _OF_A_USER:
        for one in _listed(aws, operation, field, unasked, UserName=name):
            if one[date] >= since:
                yield Found(what, str(one[id]), str(one[id]), own=True)
    try:
        profile = aws.read("iam", "get_login_profile", UserName=name)["LoginProfile"]
    except Missing:
        return
    if profile["CreateDate"] >= since:
        yield Found("password", f"of {name}", name, own=True)


def of_account(aws: Aws, since: datetime, unasked: list[str]) -> Iterator[Found]:
    """Give identities, policies and providers of the account that are newer than a time."""
    for operation, field, what, id, date, given in _OF_THE_ACCOUNT:
        for one in _listed(aws, operation, field, unasked, **given):
            made = one[date] if date else _created(aws, str(one[id]))
            if made >= since:
                yield Found(what, str(one[id]), str(one[id]).rpartition("/")[2], own=False)


def _created(aws: Aws, arn: str) -> datetime:
    found = aws.read("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
    created: datetime = found["CreateDate"]
    return created


def _listed(
    aws: Aws, operation: str, field: str, unasked: list[str], **given: Any
) -> list[dict[str, Any]]:
    """List; what the server does not know is noted, and not taken for empty."""
    try:
        return aws.listed("iam", operation, field, **given)
    except Refused as error:
        if "InvalidAction" not in error.message:
            raise
        unasked.append(f"iam:{operation}")
        return []
