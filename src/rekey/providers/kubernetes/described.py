"""How the actions on a cluster describe themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from rekey.containment.action_spec import ActionSpec, Permission, Phase, Propagation

MARK: Final = "rekey/marker"
"""Annotation with the run and step that made an object."""

RUN: Final = "rekey/run"
"""Annotation with the run alone."""

TOKENS: Final = ("kubernetes_bound_token", "kubernetes_unbound_token", "kubernetes_legacy_token")

RIGHTS: Final = Propagation(
    timedelta(seconds=1), "measured on 1.36.3: 403 within 0.02 s; each server follows by its watch",
    patience=timedelta(minutes=1), interval=timedelta(seconds=1),
)  # fmt: skip

ONCE: Final = replace(RIGHTS, bound=timedelta(0), rounds=1)
SURVEYED: Final = replace(ONCE, patience=timedelta(0))
"""What a survey finds does not go away: nobody is to wait for that."""

USED: Final = Propagation(
    timedelta(0), "as soon as a workload comes", timedelta(minutes=15), timedelta(seconds=10), 1
)

RBAC: Final = "rbac.authorization.k8s.io"
BINDINGS: Final = (f"rolebindings.{RBAC}", f"clusterrolebindings.{RBAC}")

_DOCS: Final = "https://kubernetes.io/docs/reference/access-authn-authz/"


LEEWAY: Final = timedelta(seconds=60)
"""For which an object counts after its deletion time."""

_CACHED: Final = timedelta(seconds=10)


def dead_after(seconds: int) -> Propagation:
    """Say how long a token may outlive what it is bound to."""
    bound, advised = timedelta(seconds=seconds), LEEWAY + _CACHED
    source = (
        "pkg/serviceaccount/claims.go: an object counts for 60 s after its deletion time; each "
        "server caches an accepted token for 10 s (measured on 1.36.3: 9 to 10 s)"
    )
    return Propagation(
        bound, source, interval=timedelta(seconds=1), advised=advised if bound < advised else None
    )


def spec(
    name: str, title: str, phase: Phase, kinds: Iterable[str], calls: Iterable[str],
    permissions: Iterable[str], reference: str, *,
    propagation: Propagation = ONCE, reversible: bool = False, mutates: bool = True,
    closes_mint: bool = False,
    on_identity: bool = False,
) -> ActionSpec:  # fmt: skip
    """Describe an action; ``permissions`` are a verb and a resource, as kubectl names it."""
    return ActionSpec(
        name=f"kubernetes.{name}", title=title, phase=phase, kinds=frozenset(kinds),
        calls=tuple(calls), permissions=tuple(Permission(one) for one in permissions),
        propagation=propagation, reversible=reversible, reference=_DOCS + reference,
        mutates=mutates, closes_mint=closes_mint,
        on_identity=on_identity,
    )  # fmt: skip
