"""CloudTrail records as AWS writes them: calls with a key, roles assumed, keys created.

https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from rekey.cli.run_options import RunOptions, opened
from rekey.replay import Replay
from tests.investigate.alerts import START
from tests.investigate.runs import written

Record = dict[str, Any]

ACCOUNT = "111122223333"
_numbers = count(1)


def call(key: str | None, hours: float, *, actor: str = "app", name: str = "ListBuckets") -> Record:
    """A call by a role with a key."""
    time = START + timedelta(hours=hours)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{actor}"
    return {
        "eventVersion": "1.10", "eventID": f"00000000-0000-4000-8000-{next(_numbers):012}",
        "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}", "eventSource": "s3.amazonaws.com",
        "eventName": name, "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli/2.31.9", "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT,
        "requestParameters": None, "responseElements": None,
        "userIdentity": {
            "type": "AssumedRole", "principalId": f"AROAEXAMPLE{actor.upper()}:session",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{actor}/session", "accountId": ACCOUNT,
            **({"accessKeyId": key} if key else {}),
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": f"AROAEXAMPLE{actor.upper()}", "arn": arn,
                "accountId": ACCOUNT, "userName": actor}},
        },
    }  # fmt: skip


def assume(key: str | None, issued: str, hours: float, *, actor: str = "app") -> Record:
    """A role that is assumed with a key; the answer names the session's key."""
    record = call(key, hours, actor=actor, name="AssumeRole")
    record["eventSource"] = "sts.amazonaws.com"
    record["requestParameters"] = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/next"}
    expires = START + timedelta(hours=hours + 1)
    record["responseElements"] = {
        "credentials": {"accessKeyId": issued, "expiration": f"{expires:%b %-d, %Y, %-I:%M:%S %p}"}
    }
    return record


def seen_from_elsewhere(record: Record) -> Record:
    """The same act in the trail of the account whose role is assumed: no key, an opaque id."""
    other = {**record, "eventID": record["eventID"][::-1], "recipientAccountId": "444455556666"}
    identity = record["userIdentity"]
    other["userIdentity"] = {
        "type": "AWSAccount", "principalId": identity["principalId"], "accountId": ACCOUNT,
    }  # fmt: skip
    return other


@contextmanager
def loaded(folder: Path, records: Sequence[Record]) -> Iterator[Replay]:
    """Load records for lineage; no rule is evaluated."""
    logs = written(folder / "logs", {"aws": records})
    rules = ("aws/credential_minted_for_another_identity",)
    with opened(RunOptions((str(logs),), rules=rules, lineage=True)) as replay:
        replay.load()
        yield replay
