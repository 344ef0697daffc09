"""How Vault's actions describe themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from rekey.containment.action_spec import ActionSpec, Permission, Phase, Propagation

AT_ONCE: Final = Propagation(
    timedelta(seconds=1), "measured on Vault 1.14.1: dead within 6 ms on the node that was asked",
    patience=timedelta(minutes=2), interval=timedelta(seconds=1),
)  # fmt: skip
"""Performance standbys learn of it by the replication log, so that one second is the bound."""

ONCE: Final = replace(AT_ONCE, bound=timedelta(0), rounds=1)
SURVEYED: Final = replace(ONCE, patience=timedelta(0))
"""What a survey finds does not go away: nobody is to wait for that."""

USED: Final = Propagation(
    timedelta(0), "as soon as a workload comes", timedelta(minutes=15), timedelta(seconds=10), 1
)

LOOK_UP: Final = (
    "list auth/token/accessors", "sudo auth/token/accessors", "update auth/token/lookup-accessor",
    "update sys/audit-hash/+", "read sys/policies/acl/+", "read auth/+/role/+/role-id",
    "read identity/entity/id/+",
)  # fmt: skip

SECRET_IDS: Final = (
    "list auth/+/role/+/secret-id/", "update auth/+/role/+/secret-id-accessor/lookup",
    "read auth/+/role/+", "read auth/+/role/+/role-id", "read sys/auth",
    "update identity/lookup/entity", "read identity/entity/id/+",
)  # fmt: skip
"""With its last slash: before 1.15.2, Vault lets nobody list by a pattern that lacks it.
https://github.com/hashicorp/vault/pull/23874
"""

_DOCS: Final = "https://developer.hashicorp.com/vault/api-docs/"


def spec(
    name: str, title: str, phase: Phase, kinds: Iterable[str], calls: Iterable[str],
    permissions: Iterable[str], reference: str, *,
    propagation: Propagation = AT_ONCE, reversible: bool = False, mutates: bool = True,
    closes_mint: bool = False,
    on_identity: bool = False,
) -> ActionSpec:  # fmt: skip
    """Describe an action; ``permissions`` are capabilities with paths, as a policy grants them."""
    return ActionSpec(
        name=f"vault.{name}", title=title, phase=phase, kinds=frozenset(kinds),
        calls=tuple(calls), permissions=tuple(Permission(one) for one in permissions),
        propagation=propagation, reversible=reversible, reference=_DOCS + reference,
        mutates=mutates, closes_mint=closes_mint,
        on_identity=on_identity,
    )  # fmt: skip
