"""A role that a person took up is a person's, however the log of its use calls it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rekey.case import Investigation
from rekey.cli.run_options import RunOptions, opened
from rekey.enrichers.owners import load_owners
from rekey.investigate import investigate
from tests.investigate.records import ACCOUNT, Record, assume, call
from tests.investigate.runs import NOW, written

RULE = "aws/credential_used_with_attack_tool"
KEY, FIRST, SECOND = "AKIAIOSFODNN7EXAMPLE", "ASIAFIRST", "ASIASECOND"


def attack(key: str, hours: float) -> Record:
    """A call from a system that attackers use."""
    system = "aws-cli/2.31.9 md/awscrt#0.27.6 ua/2.1 os/linux#6.12.25-kali-amd64 md/arch#x86_64"
    return call(key, hours, actor="ops") | {"userAgent": system}


def by_saml(issued: str, hours: float) -> Record:
    """A role taken up with an assertion, as AWS shows it in its guide to CloudTrail and IAM."""
    record = assume(None, issued, hours)
    record |= {"eventName": "AssumeRoleWithSAML"}
    record["userIdentity"] = {
        "type": "SAMLUser", "principalId": "SAMLUSEREXAMPLE:ada", "userName": "ada",
        "identityProvider": "idp.example.com/saml", "accountId": ACCOUNT,
    }  # fmt: skip
    return record


def by_identity_center(key: str, issued: str, hours: float) -> Record:
    return assume(key, issued, hours, actor="AWSReservedSSO_Admin_0123456789abcdef")


def key_made(key: str, hours: float) -> Record:
    record = call(
        "ASIASSO", hours, actor="AWSReservedSSO_Admin_0123456789abcdef", name="CreateAccessKey"
    )
    record["eventSource"] = "iam.amazonaws.com"
    record["responseElements"] = {"accessKey": {"accessKeyId": key, "userName": "ci"}}
    return record


def found(records: Sequence[Record], folder: Path) -> Investigation:
    logs = written(folder / "logs", {"aws": records})
    with opened(RunOptions((str(logs),), rules=(RULE,), lineage=True)) as run:
        return investigate(run, load_owners((), run.site), NOW)


@pytest.mark.parametrize(
    "records",
    [
        [by_saml(FIRST, 0), attack(FIRST, 1)],
        [by_identity_center("ASIASSO", FIRST, 0), attack(FIRST, 1)],
        [by_saml(FIRST, 0), assume(FIRST, SECOND, 0.5, actor="ops"), attack(SECOND, 1)],
    ],
    ids=["SAML", "Identity Center", "a chain"],
)
def test_a_persons_session_is_a_persons(records: list[Record], tmp_path: Path) -> None:
    told = found(records, tmp_path)
    assert told.cases == ()
    (alert,) = told.other_alerts
    assert alert.actor.kind == "human"


@pytest.mark.parametrize(
    "records",
    [
        [assume(KEY, FIRST, 0), attack(FIRST, 1)],
        [key_made(KEY, 0), assume(KEY, FIRST, 0.5), attack(FIRST, 1)],
        [attack(FIRST, 1)],
    ],
    ids=["a job's key", "a key that a person made for a job", "unseen"],
)
def test_other_sessions_are_not(records: list[Record], tmp_path: Path) -> None:
    (case,) = found(records, tmp_path).cases
    (alert,) = case.alerts
    assert alert.actor.kind == "workload"
    assert not [reason for actor in case.actors for reason in actor.reasons if "a person" in reason]


def test_a_role_in_which_a_person_and_a_job_act_is_not_a_persons(tmp_path: Path) -> None:
    records = [by_saml(FIRST, 0), attack(FIRST, 1), attack("ASIASTOLEN", 2)]
    (case,) = found(records, tmp_path).cases
    kinds = {actor.actor.id: actor.actor.kind for actor in case.actors}
    assert kinds[f"arn:aws:iam::{ACCOUNT}:role/ops"] == "workload"
    assert "human" in kinds.values()  # who took up the role


def test_what_a_service_does_in_its_name_makes_a_workload_no_service(tmp_path: Path) -> None:
    """To read a secret makes Secrets Manager decrypt it, which is the last that the log shows."""
    by_service = call(FIRST, 1.5, actor="ops", name="Decrypt")
    by_service["userIdentity"]["invokedBy"] = "secretsmanager.amazonaws.com"
    by_service |= {
        "eventSource": "kms.amazonaws.com", "sourceIPAddress": "secretsmanager.amazonaws.com",
        "userAgent": "secretsmanager.amazonaws.com",
    }  # fmt: skip
    records = [assume(KEY, FIRST, 0, actor="ops"), attack(FIRST, 1), by_service]
    [case] = found(records, tmp_path).cases
    kinds = {actor.actor.id: actor.actor.kind for actor in case.actors}
    assert kinds[f"arn:aws:iam::{ACCOUNT}:role/ops"] == "workload"
