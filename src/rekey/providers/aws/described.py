"""How AWS's actions describe themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from rekey.containment.action_spec import ActionSpec, Permission, Phase, Propagation

EVERYWHERE: Final = Propagation(
    timedelta(minutes=1),
    "IAM is eventually consistent, and names no bound; some seconds are usual: "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html"
    "#troubleshoot_general_eventual-consistency",
    patience=timedelta(minutes=10), interval=timedelta(seconds=10),
)  # fmt: skip
"""From when on an effect holds for every endpoint, unless a site says otherwise."""

ONCE: Final = replace(EVERYWHERE, bound=timedelta(0), rounds=1, patience=timedelta(minutes=2))
TOLD: Final = Propagation(
    timedelta(minutes=15),
    "CloudTrail tells what happened within about five minutes on average, and promises no time: "
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html",
    patience=timedelta(0), rounds=1,
)  # fmt: skip
"""From when on CloudTrail knows all, unless a site says otherwise."""

USED: Final = Propagation(
    timedelta(0), "CloudTrail shows an event within 15 minutes, GetAccessKeyLastUsed later",
    patience=timedelta(minutes=20), interval=timedelta(seconds=30), rounds=1,
)  # fmt: skip


def told_by_then(seconds: int) -> Propagation:
    """Give :data:`TOLD` with a site's own bound."""
    bound = timedelta(seconds=seconds)
    return replace(TOLD, bound=bound, advised=TOLD.bound if bound < TOLD.bound else None)


def from_then_on(seconds: int) -> Propagation:
    """Give :data:`EVERYWHERE` with a site's own bound; the rounds are spread over a third of it."""
    bound = timedelta(seconds=seconds)
    if bound == EVERYWHERE.bound:
        return EVERYWHERE
    return replace(
        EVERYWHERE, bound=bound, interval=min(max(bound / 6, _SHORTEST), EVERYWHERE.interval),
        advised=EVERYWHERE.bound if bound < EVERYWHERE.bound else None,
    )  # fmt: skip


_SHORTEST: Final = timedelta(milliseconds=200)

USER: Final = "arn:*:iam::*:user/*"
ROLE: Final = "arn:*:iam::*:role/*"

_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/"


def on(resource: str, *names: str) -> list[Permission]:
    """Give the permission for each action on a resource."""
    return [Permission(name, resource) for name in names]


_FOR_ALL: Final = [
    *on("*", "cloudtrail:LookupEvents"),
    *on(USER, "iam:SimulatePrincipalPolicy"), *on(ROLE, "iam:SimulatePrincipalPolicy"),
]  # fmt: skip
_FOR_USERS: Final = on(USER, "iam:GetUser", "iam:GetAccessKeyLastUsed")
_FOR_ROLES: Final = on(ROLE, "iam:GetRole")


def spec(
    name: str, title: str, phase: Phase, kinds: Iterable[str], calls: Iterable[str],
    permissions: Iterable[Permission], reference: str, *,
    propagation: Propagation = EVERYWHERE, reversible: bool = False, mutates: bool = True,
    closes_mint: bool = False,
    on_identity: bool = False,
) -> ActionSpec:  # fmt: skip
    """Describe an action; what finding and weighing its target needs is added."""
    kinds = frozenset(kinds)
    needed = [
        *permissions,
        *_FOR_ALL,
        *(_FOR_ROLES if kinds == {"aws_role_session"} else _FOR_USERS),
    ]
    return ActionSpec(
        name=f"aws.{name}", title=title, phase=phase, kinds=kinds, calls=tuple(calls),
        permissions=tuple(dict.fromkeys(needed)), propagation=propagation,
        reversible=reversible, reference=_IAM + reference, mutates=mutates, closes_mint=closes_mint,
        on_identity=on_identity,
    )  # fmt: skip
