"""Which credentials somebody ended, as far as the logs tell."""

from pathlib import Path
from typing import Any

import pytest

from rekey.case import CredentialNode
from rekey.cli.run_options import RunOptions, opened
from rekey.enrichers.lineage import Lineage
from rekey.enrichers.revocations import Revocation, revocations
from tests.investigate.alerts import START, at
from tests.investigate.records import Record, assume, call, loaded
from tests.investigate.runs import written
from tests.investigate.test_lineage import built

ADMIN = "arn:aws:iam::111122223333:role/admin"


def ended(name: str, key: str, hours: float, **parameters: Any) -> Record:
    """A call that changes an access key, as IAM logs it."""
    record = call("ASIAADMIN", hours, actor="admin", name=name)
    record["eventSource"] = "iam.amazonaws.com"
    record["requestParameters"] = {"userName": "ci", "accessKeyId": key, **parameters}
    return record


DELETED = ended("DeleteAccessKey", "AKIA1", 2)
INACTIVE = ended("UpdateAccessKey", "AKIA1", 2, status="Inactive")
ACTIVE = ended("UpdateAccessKey", "AKIA1", 3, status="Active")


def node(tmp_path: Path, *records: Record) -> CredentialNode:
    with loaded(tmp_path, [call("AKIA1", 0), assume("AKIA1", "ASIA1", 1), *records]) as replay:
        case = built(replay, 0, used="AKIA1")
    (found,) = (one for one in case.credentials if one.credential.id == "AKIA1")
    return found


@pytest.mark.parametrize("record", [DELETED, INACTIVE])
def test_a_key_that_was_ended_is_not_valid(record: Record, tmp_path: Path) -> None:
    found = node(tmp_path, record)
    assert (found.validity, found.revoked_at, found.revoked_by) == ("revoked", at(2), ADMIN)


REFUSED = DELETED | {"errorCode": "AccessDenied", "errorMessage": "is not authorized"}
OTHER = ended("DeleteAccessKey", "AKIA2", 2)


@pytest.mark.parametrize("records", [[], [INACTIVE, ACTIVE], [REFUSED], [OTHER]])
def test_a_key_that_works_again_or_was_never_ended_is_valid(
    records: list[Record], tmp_path: Path
) -> None:
    found = node(tmp_path, *records)
    assert (found.validity, found.revoked_at, found.revoked_by) == ("valid", None, None)


def test_who_ends_it_is_not_drawn_into_the_case(tmp_path: Path) -> None:
    with loaded(tmp_path, [call("AKIA1", 0), DELETED]) as replay:
        case = built(replay, 0, used="AKIA1")
    assert [who.actor.name for who in case.actors] == ["app"]


def revoked(accessor: str, *, type: str, error: str | None = None) -> Record:
    """A token that revokes itself, as Vault logs it."""
    return {
        "time": f"{START:%Y-%m-%dT%H:%M:%S}Z", "type": type, **({"error": error} if error else {}),
        "auth": {"accessor": accessor, "entity_id": "e-1", "token_type": "service"},
        "request": {
            "id": f"r-{accessor[-1]}", "operation": "update", "mount_point": "auth/token/",
            "mount_type": "token", "path": "auth/token/revoke-self",
            "client_token_accessor": accessor, "remote_address": "192.0.2.1",
        },
    }  # fmt: skip


def test_a_token_that_revoked_itself_is_not_valid(tmp_path: Path) -> None:
    lines = [
        *(revoked("hmac-sha256:1", type=type) for type in ("request", "response")),
        *(revoked("hmac-sha256:2", type=t, error="permission denied") for t in ("request", "response")),
    ]  # fmt: skip
    logs = written(tmp_path / "logs", {"vault": lines})
    with opened(RunOptions((str(logs),), lineage=True)) as replay:
        replay.load()
        Lineage(replay.store)
        found = revocations(replay.store, ["hmac-sha256:1", "hmac-sha256:2"])
    assert found == {"hmac-sha256:1": Revocation(START, "e-1")}
