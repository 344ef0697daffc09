"""Presenting keys, before an effect and after it."""

from collections.abc import Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from rekey.containment.interface import Check, Grade
from rekey.providers.aws.client import Aws, code_of
from rekey.providers.aws.credential import Credential

_WHO: Final = ("sts:GetCallerIdentity with the key", "InvalidClientTokenId")

HARMLESS: Final = (
    ("iam", "get_account_summary"), ("s3", "list_buckets"),
    ("secretsmanager", "list_secrets"), ("sqs", "list_queues"), ("dynamodb", "list_tables"),
    ("ec2", "describe_regions"), ("lambda", "list_functions"),
)  # fmt: skip
"""Calls that change nothing, cost nothing and obey policies; the first that is allowed is asked."""

PERMISSIONS: Final = (
    "iam:GetAccountSummary", "s3:ListAllMyBuckets",
    "secretsmanager:ListSecrets", "sqs:ListQueues", "dynamodb:ListTables", "ec2:DescribeRegions",
    "lambda:ListFunctions",
)  # fmt: skip

_DENIED: Final = "an explicit deny"
_REFUSED: Final = "AccessDenied with an explicit deny"


class KeyProbe:
    """Presents a long-term key to STS, which answers whatever its policies say."""

    grade = Grade.A

    def __init__(self, aws: Aws, held: Credential) -> None:
        self._seen: Aws | None = aws.presented(held)

    def present(self) -> Sequence[Check]:
        """Ask who it is."""
        if self._seen is None:
            return []
        client = self._seen.client("sts")
        endpoint = client.meta.endpoint_url
        try:
            client.get_caller_identity()
        except ClientError as error:
            code = code_of(error)
            return [Check(self.grade, endpoint, *_WHO, code, (code == _WHO[1]) or None)]
        except BotoCoreError as error:
            return [Check(self.grade, endpoint, *_WHO, type(error).__name__, None)]
        return [Check(self.grade, endpoint, *_WHO, "200", False)]

    def close(self) -> None:
        """Forget the secret."""
        self._seen = None


class SessionProbe:
    """Presents the key of a session with a call that policies apply to.

    ``GetCallerIdentity`` succeeds under an explicit deny, and so proves nothing here.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    def __init__(self, aws: Aws, held: Credential, grade: Grade = Grade.A) -> None:
        self._seen: Aws | None = aws.presented(held)
        self.grade = grade
        self._calls: tuple[tuple[str, str], ...] = HARMLESS

    def present(self) -> Sequence[Check]:
        """Ask with the call that was allowed before; look for one the first time."""
        answer: Check | None = None
        if self._seen is None:
            return []
        for call in self._calls:
            found = self._ask(self._seen, *call)
            if found.holds is False:
                self._calls = (call,)
                return [found]
            if answer is None or found.holds:
                answer = found
        return [answer] if answer else []

    def _ask(self, seen: Aws, service: str, operation: str) -> Check:
        client = seen.client(service)
        question = f"{service}:{client.meta.method_to_api_mapping[operation]} with the session"
        endpoint = client.meta.endpoint_url
        try:
            getattr(client, operation)()
        except ClientError as error:
            text = str(error.response.get("Error", {}).get("Message", ""))
            holds = code_of(error).startswith("AccessDenied") and _DENIED in text
            answer = _REFUSED if holds else code_of(error)
            return Check(self.grade, endpoint, question, _REFUSED, answer, holds or None)
        except BotoCoreError as error:
            return Check(self.grade, endpoint, question, _REFUSED, type(error).__name__, None)
        return Check(self.grade, endpoint, question, _REFUSED, "200", False)

    def close(self) -> None:
        """Forget it; a sibling dies of the cut, or within a quarter of an hour."""
        self._seen = None
