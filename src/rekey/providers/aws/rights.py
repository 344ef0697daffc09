"""What somebody may do, by simulation of his policies, and what would let him do it."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from rekey.containment.action_spec import Permission
from rekey.containment.errors import ProviderError
from rekey.providers.aws.client import Aws
from rekey.providers.aws.oneself import oneself

_SIMULATED: Final = 50
"""Actions asked about in one simulation."""

_ANY_REGION: Final = "us-east-1"


def allowed(aws: Aws, arn: str, names: Sequence[str], on: str = "*") -> dict[str, bool]:
    """Say for each action whether a user or role may do it; what stands above the account is not seen.

    Raises:
        ProviderError: it cannot be simulated.
    """
    found: dict[str, bool] = {}
    for start in range(0, len(names), _SIMULATED):
        answer = aws.listed(
            "iam", "simulate_principal_policy", "EvaluationResults", PolicySourceArn=arn,
            ActionNames=list(names[start : start + _SIMULATED]), ResourceArns=[on],
        )  # fmt: skip
        found |= {str(one["EvalActionName"]): one["EvalDecision"] == "allowed" for one in answer}
    return found


def held(aws: Aws | None, asked: Iterable[Permission]) -> dict[Permission, bool | None]:
    """Say which permissions whoever comes with these credentials has; ``None`` where nobody can."""
    unknown = dict.fromkeys(asked)
    if aws is None or not unknown:
        return unknown
    found: dict[Permission, bool | None] = {}
    try:
        own = oneself(aws).arn
        for resource in sorted({one.resource for one in unknown}):
            names = sorted({one.name for one in unknown if one.resource == resource})
            may = allowed(aws, own, names, _example(resource, own))
            found |= {one: may.get(one.name) for one in unknown if one.resource == resource}
    except ProviderError:
        return unknown
    return found


def policy(permissions: Iterable[Permission]) -> str:
    """Write an IAM policy."""
    wanted: dict[str, set[str]] = {}
    for one in permissions:
        wanted.setdefault(one.resource, set()).add(one.name)
    statements = [
        {"Effect": "Allow", "Action": sorted(names), "Resource": resource}
        for resource, names in sorted(wanted.items())
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _example(resource: str, own: str) -> str:
    """Give a resource that a pattern fits, in our own account: simulations take no patterns."""
    if resource == "*":
        return resource
    _, partition, _, _, account, _ = own.split(":", 5)
    _, _, service, region, _, name = resource.split(":", 5)
    where = region.replace("*", _ANY_REGION)
    return f"arn:{partition}:{service}:{where}:{account}:{name.replace('*', 'rekey')}"
