"""Principals of an account: users and roles behind ARNs and keys."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from rekey.containment.call import Call
from rekey.containment.errors import Refused
from rekey.containment.target import Facts, Party
from rekey.providers.aws.client import Aws, Missing


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN that matter here."""

    text: str
    account: str
    kind: str
    name: str

    @classmethod
    def of(cls, text: str) -> "Arn":
        """Take an ARN apart; of a role session the name is that of the role.

        Raises:
            Refused: it is none.
        """
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise Refused(f"{text} is no ARN")
        kind, _, rest = parts[5].partition("/")
        name = rest.split("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
        return cls(text, parts[4], kind, name)


def user_of_key(aws: Aws, key: str) -> str:
    """Give the name of the user who owns a long-term key.

    Raises:
        Missing: there is no such key. Refused: it is root's.
    """
    found = aws.read("iam", "get_access_key_last_used", AccessKeyId=key)
    if not found.get("UserName"):
        raise Refused(f"AWS names no user for {key}: it is the root user's, or of another account")
    return str(found["UserName"])


def user(aws: Aws, name: str) -> dict[str, Any]:
    """Read a user."""
    return dict(aws.read("iam", "get_user", UserName=name)["User"])


def role(aws: Aws, name: str) -> dict[str, Any]:
    """Read a role, with its trust policy."""
    return dict(aws.read("iam", "get_role", RoleName=name)["Role"])


def fact(call: Call, name: str) -> str:
    """Give a fact of the target that its actions cannot do without.

    Raises:
        Refused: the target lacks it. A call without a user name would act on ourselves.
    """
    value = call.target.facts.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{call.target.id}: the plan does not say which {name} it is of")
    return value


def listed(facts: Facts, name: str) -> list[str]:
    """Give a list among facts; empty where there is none."""
    found = facts.get(name)
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


def names_of(found: Mapping[str, Any], kind: Literal["User", "Role"]) -> frozenset[str]:
    """Give the names by which a person may list a user or role: unique id, name, tags."""
    tags = {f"tag:{one['Key']}={one['Value']}" for one in found.get("Tags") or ()}
    return frozenset(tags | {str(found[f"{kind}Id"]), str(found[f"{kind}Name"])})


def party(aws: Aws, arn: str, why: str, account: str) -> Party:
    """Describe a user or role whom an effect hits; of other accounts AWS shows the ARN alone."""
    where = Arn.of(arn)
    names: frozenset[str] = frozenset()
    if where.account == account:
        with suppress(Missing):
            if where.kind == "user":
                names = names_of(user(aws, where.name), "User")
            elif where.kind == "role":
                names = names_of(role(aws, where.name), "Role")
    return Party(arn, why, names)
