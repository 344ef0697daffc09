"""The policy that ends sessions by their age: what it says, and whether one that is there says it.

Without the condition it would stop new sessions, and the user's new key, too. The key
``aws:TokenIssueTime`` is there for temporary credentials only.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

NAME: Final = "rekey-revoke-sessions"
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def sid(marker: str) -> str:
    """Write a marker as a statement id: letters and digits only."""
    return re.sub("[^A-Za-z0-9]", "", marker)


def written(cutoff: datetime, marker: str) -> str:
    """Write the policy; whole seconds, as STS counts them."""
    when = cutoff.astimezone(UTC).strftime(_FORM)
    statement = {
        "Sid": sid(marker), "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": when}},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def cuts(policy: Mapping[str, Any]) -> Iterator[tuple[datetime, str]]:
    """Give the cut-off and the id of every statement that ends all older sessions, and only those."""
    for one in statements(policy):
        condition = one.get("Condition")
        if one.get("Effect") != "Deny" or _many(one.get("Action")) != ["*"]:
            continue
        if _many(one.get("Resource")) != ["*"] or not isinstance(condition, Mapping):
            continue
        dates = condition.get("DateLessThan")
        if set(condition) != {"DateLessThan"} or not isinstance(dates, Mapping):
            continue
        if set(dates) == {"aws:TokenIssueTime"} and (at := _time(dates["aws:TokenIssueTime"])):
            yield at, str(one.get("Sid") or "")


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
