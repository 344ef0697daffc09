"""Policies that end sessions: what they say, and whether one that is there says it.

Without a condition they would stop the user's keys, too. The key ``aws:TokenIssueTime`` is there for
temporary credentials only: compared with a time it ends what is older, asked for its presence it
ends every session, also those to come. The key ``aws:userid`` of a role's session is the role's id and
the session's name.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tokenissuetime
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

NAME: Final = "rekey-revoke-sessions"
ALL_SESSIONS: Final = "rekey-deny-sessions"
"""Name of the policy that lets a user have no sessions at all."""

LONGEST: Final = timedelta(hours=37)
"""GetSessionToken and GetFederationToken give 36 hours at most, AssumeRole 12:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html"""

_WHO: Final = "aws:userid"
_PRINCIPAL: Final = "aws:PrincipalArn"
_ISSUED: Final = "aws:TokenIssueTime"
_RUN: Final = re.compile("rekey([0-9a-f]{12})")
"""Begin of the statement ids that a run leaves."""
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def sid(marker: str) -> str:
    """Write a marker as a statement id: letters and digits only."""
    return re.sub("[^A-Za-z0-9]", "", marker)


def written(cutoff: datetime, marker: str) -> str:
    """Write the policy; whole seconds, as STS counts them."""
    when = cutoff.astimezone(UTC).strftime(_FORM)
    return _deny(marker, {"DateLessThan": {_ISSUED: when}})


def of_principal(arn: str, cutoff: datetime, marker: str) -> dict[str, Any]:
    """Write the statement that ends what was issued to one user or role before the cut-off.

    For a policy that is not of the user or role itself. Of a role's session ``aws:PrincipalArn`` is
    the role:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    return _statement(marker, _of_principal(arn, cutoff))


def _of_principal(arn: str, cutoff: datetime) -> dict[str, Any]:
    when = cutoff.astimezone(UTC).strftime(_FORM)
    return {"ArnEquals": {_PRINCIPAL: arn}, "DateLessThan": {_ISSUED: when}}


def of_all(marker: str) -> str:
    """Write the policy that denies everything to every session."""
    return _deny(marker, {"Null": {_ISSUED: "false"}})


def ends_all(policy: Mapping[str, Any]) -> list[str]:
    """Give the ids of the statements that deny everything to every session, and to those only."""
    return [
        str(one.get("Sid") or "") for one in _denials(policy)
        if one["Condition"] == {"Null": {_ISSUED: "false"}}
    ]  # fmt: skip


def of_named(sessions: Sequence[str], marker: str) -> str:
    """Write the policy that denies everything to sessions of these names; names hold no wildcards."""
    return _deny(marker, {"StringEquals": {_WHO: sorted(sessions)}})


def named(policy: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give the sessions that a statement denies everything to, by the ids of such statements."""
    return {
        str(one.get("Sid") or ""): [str(each) for each in _many(one["Condition"]["StringEquals"][_WHO])]
        for one in _denials(policy)
        if set(one["Condition"]) == {"StringEquals"} and set(one["Condition"]["StringEquals"]) == {_WHO}
    }  # fmt: skip


def is_ours(statement: Mapping[str, Any]) -> bool:
    """Say whether some run of rekey's wrote a statement."""
    return _RUN.match(str(statement.get("Sid") or "")) is not None


def is_spent(policy: Mapping[str, Any], now: datetime) -> bool:
    """Say whether all that runs of rekey's cut by a policy has expired by itself."""
    dated = {
        str(one["Sid"]): _time(one["Condition"].get("DateLessThan", {}).get(_ISSUED))
        for one in _denials(policy) if is_ours(one)
    }  # fmt: skip
    return len(dated) == len(statements(policy)) > 0 and all(
        at is not None and now - at > LONGEST for at in dated.values()
    )


def run_of(mark: str) -> str:
    """Give the run that left a statement id, or what it says."""
    found = _RUN.match(mark)
    return f"run {found[1]}" if found else f"the statement {mark!r}"


def _deny(marker: str, condition: Mapping[str, Any]) -> str:
    return document([_statement(marker, condition)])


def _statement(marker: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid(marker), "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": condition,
    }  # fmt: skip


def document(statements: Sequence[Mapping[str, Any]]) -> str:
    """Write a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def cuts(policy: Mapping[str, Any]) -> Iterator[tuple[datetime, str]]:
    """Give the cut-off and the id of every statement that ends all older sessions, and only those."""
    for one in _denials(policy):
        dates = one["Condition"].get("DateLessThan")
        if set(one["Condition"]) != {"DateLessThan"} or not isinstance(dates, Mapping):
            continue
        if set(dates) == {_ISSUED} and (at := _time(dates[_ISSUED])):
            yield at, str(one.get("Sid") or "")


def cuts_of(policy: Mapping[str, Any], arn: str) -> Iterator[tuple[datetime, str]]:
    """Give the same of the statements that :func:`of_principal` writes about one principal."""
    for one in _denials(policy):
        at = _time(one["Condition"].get("DateLessThan", {}).get(_ISSUED))
        if at and one["Condition"] == _of_principal(arn, at):
            yield at, str(one.get("Sid") or "")


def _denials(policy: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the statements that deny everything on everything, under some condition."""
    for one in statements(policy):
        everything = _many(one.get("Action")) == ["*"] and _many(one.get("Resource")) == ["*"]
        if one.get("Effect") == "Deny" and everything and isinstance(one.get("Condition"), Mapping):
            yield one


def statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the statements of a policy; a single one may stand without a list."""
    found = policy.get("Statement") or []
    return [found] if isinstance(found, dict) else list(found)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _time(value: Any) -> datetime | None:
    """Read a time; a placeholder that was never filled in is none."""
    try:
        return datetime.fromisoformat(str(_many(value)[0])).astimezone(UTC)
    except ValueError:
        return None
