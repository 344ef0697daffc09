"""Presenting keys, before an effect and after it."""

from collections.abc import Sequence
from typing import Final

from botocore.exceptions import ClientError

from rekey.containment.action_spec import Grade
from rekey.containment.call import Check
from rekey.providers.aws.client import LOST, Aws, code_of
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
    """Presents a long-term key to STS in each region, which answers whatever its policies say."""

    grade = Grade.A

    def __init__(self, aws: Aws, held: Credential, regions: Sequence[str]) -> None:
        self._seen = {region: aws.presented(held, region) for region in regions}

    def present(self) -> Sequence[Check]:
        """Ask in each region who it is."""
        return [self._ask(region, seen) for region, seen in self._seen.items()]

    def _ask(self, region: str, seen: Aws) -> Check:
        try:
            seen.client("sts").get_caller_identity()
        except ClientError as error:
            code = code_of(error)
            return Check(self.grade, region, *_WHO, code, (code == _WHO[1]) or None)
        except LOST as error:
            return Check(self.grade, region, *_WHO, type(error).__name__, None)
        return Check(self.grade, region, *_WHO, "200", False)

    def close(self) -> None:
        """Forget the secret."""
        self._seen = {}


class SessionProbe:
    """Presents the key of a session, in each region, with a call that policies apply to.

    ``GetCallerIdentity`` succeeds under an explicit deny, and so proves nothing here.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    def __init__(
        self, aws: Aws, held: Credential, regions: Sequence[str], grade: Grade = Grade.A
    ) -> None:
        self._seen = {region: aws.presented(held, region) for region in regions}
        self.grade = grade
        self._calls: dict[str, tuple[tuple[str, str], ...]] = dict.fromkeys(regions, HARMLESS)

    def present(self) -> Sequence[Check]:
        """Ask in each region with the call that was allowed before; look for one the first time."""
        return [self._first(region, seen) for region, seen in self._seen.items()]

    def _first(self, region: str, seen: Aws) -> Check:
        answers: list[Check] = []
        for call in self._calls[region]:
            found = self._ask(region, seen, *call)
            if found.holds is False:
                self._calls[region] = (call,)
                return found
            answers.append(found)
        return next((one for one in reversed(answers) if one.holds), answers[0])

    def _ask(self, region: str, seen: Aws, service: str, operation: str) -> Check:
        client = seen.client(service)
        question = f"{service}:{client.meta.method_to_api_mapping[operation]} with the session"
        try:
            getattr(client, operation)()
        except ClientError as error:
            text = str(error.response.get("Error", {}).get("Message", ""))
            holds = code_of(error).startswith("AccessDenied") and _DENIED in text
            answer = _REFUSED if holds else code_of(error)
            return Check(self.grade, region, question, _REFUSED, answer, holds or None)
        except LOST as error:
            return Check(self.grade, region, question, _REFUSED, type(error).__name__, None)
        return Check(self.grade, region, question, _REFUSED, "200", False)

    def close(self) -> None:
        """Forget it; a sibling dies of the cut, or within a quarter of an hour."""
        self._seen = {}
