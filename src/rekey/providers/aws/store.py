"""Secrets Manager as the place for new secrets."""

import re
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Refused
from rekey.containment.interface import Provider
from rekey.containment.secret import Secret
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.oneself import oneself
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions

_NAME: Final = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,2048}")
"""https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""

_CURRENT: Final = "AWSCURRENT"
_PREVIOUS: Final = "AWSPREVIOUS"
_SECRETS: Final = "arn:*:secretsmanager:*:*:secret:*"


class SecretsManagerStore:
    """Writes new versions of secrets that exist; it needs no right to read a value.

    A destination is the name or ARN of a secret, whose value is replaced as a whole. The marker
    is turned into the version id, so that writing twice with the same marker makes one version.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html

    Args:
        aws: account and region.
        name: what the plan calls it.
    """

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws, self._name = aws, name

    @property
    def name(self) -> str:
        """What the plan calls it."""
        return self._name

    @property
    def provider(self) -> Provider:
        """The account that holds the secrets."""
        return AwsProvider(self._aws, AwsOptions())

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Secrets under a customer's key need ``kms:Decrypt`` and ``kms:GenerateDataKey`` on it too."""
        names = (
            "secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage", "secretsmanager:ListSecretVersionIds",
        )  # fmt: skip
        return tuple(Permission(name, _SECRETS) for name in names)

    def identities(self) -> frozenset[str]:
        """Give the identity with which it writes."""
        return oneself(self._aws).names

    def unready(self, destination: str) -> str | None:
        """Say whether there is no such secret, or a right on it is missing."""
        try:
            found = self._described(destination)
        except Refused as error:
            return error.message
        if found is None:
            return f"there is no secret {destination}"
        if found.get("DeletedDate"):
            return f"the secret {destination} is being deleted"
        names = [one.name for one in self.permissions]
        held = AwsProvider(self._aws, AwsOptions()).may(names, str(found["ARN"]))
        lacking = [name for name, allowed in (held or {}).items() if not allowed]
        return f"{', '.join(lacking)} on {destination} is missing" if lacking else None

    def find(self, destination: str, marker: str) -> str | None:
        """Give the version written with this marker, if it is there still."""
        found = self._described(destination)
        if found is None:
            return None
        version = _version(destination, marker)
        return version if version in (found.get("VersionIdsToStages") or {}) else None

    def write(self, destination: str, value: Secret, marker: str) -> str:
        """Write a new version and make it the current one; the one before stays as AWSPREVIOUS."""
        try:
            made = self._aws.change(
                "secretsmanager", "put_secret_value", SecretId=_checked(destination),
                SecretString=value.reveal(), ClientRequestToken=_version(destination, marker),
            )  # fmt: skip
        except Missing as error:
            raise Refused(
                f"there is no secret {destination}",
                hint="Make it first: its key and its readers are for its owner to say.",
            ) from error
        return str(made["VersionId"])

    def restore(self, destination: str, marker: str) -> None:
        """Give the label of the current version back to the one that ours replaced.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        """
        stages = (self._described(destination) or {}).get("VersionIdsToStages") or {}
        ours = _version(destination, marker)
        current, earlier = (
            next((id for id, labels in stages.items() if label in labels), None)
            for label in (_CURRENT, _PREVIOUS)
        )
        if ours not in stages:
            return  # never written
        if ours != current:
            made = self._made(destination)
            if current in made and made[current] < made[ours]:
                return  # brought back already
            raise Refused(f"{destination}: somebody wrote another value since")
        if earlier is None:
            raise Refused(f"{destination}: there is no value before ours")
        self._aws.change(
            "secretsmanager", "update_secret_version_stage", SecretId=_checked(destination),
            VersionStage=_CURRENT, MoveToVersionId=earlier, RemoveFromVersionId=ours,
        )  # fmt: skip

    def _made(self, destination: str) -> dict[str | None, datetime]:
        """Give when each version was made."""
        found = self._aws.listed(
            "secretsmanager", "list_secret_version_ids", "Versions", SecretId=_checked(destination),
            IncludeDeprecated=True,
        )  # fmt: skip
        return {str(one["VersionId"]): one["CreatedDate"] for one in found}

    def _described(self, destination: str) -> dict[str, Any] | None:
        try:
            return self._aws.read(
                "secretsmanager", "describe_secret", SecretId=_checked(destination)
            )
        except Missing:
            return None


def _version(destination: str, marker: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"rekey:{destination}:{marker}"))


def _checked(destination: str) -> str:
    if not _NAME.fullmatch(destination):
        raise Refused(f"{destination!r} is no name of a secret; a value is replaced as a whole")
    return destination
