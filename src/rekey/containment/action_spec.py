"""What is known about an action without asking: its phase, rights, and how long its effect may take."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Grade(StrEnum):
    """How well an effect is proven; the best first."""

    A = "A"
    """The old credential itself was presented, and rejected with the expected error."""
    A_SIBLING = "A-sibling"
    """A credential minted from the same parent before the cut was, which stands for the old one."""
    B = "B"
    """The control plane says so when it is read back, or simulates it."""
    C = "C"
    """The audit log shows only failures, or silence for longer than it takes to deliver."""
    D = "D"
    """It cannot be revoked: exposure remains until it expires."""


class Phase(StrEnum):
    """What a step is for. :mod:`rekey.containment.order` says in which order phases may stand."""

    EVIDENCE = "evidence"
    """Read what a later step destroys."""
    CLOSE_MINT = "close_mint"
    """Stop that further credentials are made: the key off, the trust closed, the role destroyed."""
    CUT = "cut"
    """End credentials that are out."""
    SURVEY = "survey"
    """Look for what was left behind in the meantime."""
    ISSUE = "issue"
    """Make the successor and write it to the secret store, in one step."""
    DISTRIBUTE = "distribute"
    """Bring the successor to its dependents."""
    CONFIRM = "confirm"
    """See each dependent work with the successor."""
    DELETE = "delete"
    """Remove for good what was switched off, after a grace time."""


@dataclass(frozen=True)
class Propagation:
    """How long an effect may take to hold everywhere, and how it is watched.

    Attributes:
        bound: no check made earlier than this after the effect counts.
        patience: how long after the bound checks may still fail before it is *not proven*.
        interval: time between rounds of checks.
        rounds: rounds in a row in which every check of a grade must hold.
        source: the vendor's documentation, or the measurement, behind ``bound``.
        advised: the bound that ``source`` speaks for, where a site has set a shorter one: then it
            proves less, and plan, evidence and doctor say so.
    """

    bound: timedelta
    source: str
    patience: timedelta = timedelta(minutes=5)
    interval: timedelta = timedelta(seconds=5)
    rounds: int = 3
    advised: timedelta | None = None

    @property
    def bound_seconds(self) -> int:
        """The bound as plan and journal hold it."""
        return int(self.bound.total_seconds())

    @property
    def advised_seconds(self) -> int | None:
        """The advised bound as plan and journal hold it."""
        return int(self.advised.total_seconds()) if self.advised else None


@dataclass(frozen=True)
class Permission:
    """A right that an action needs.

    Attributes:
        name: as the provider writes it: ``iam:UpdateAccessKey``, ``delete pods``,
            ``update auth/token/revoke-accessor``.
        resource: pattern of what it is needed on, in the provider's notation.
        holder: who needs it, where that is not the identity that the connection comes as: some
            effects are another account's to bring about.
    """

    name: str
    resource: str = "*"
    holder: str | None = None


@dataclass(frozen=True)
class ActionSpec:
    """What is known about an action without asking anybody.

    Attributes:
        name: ``<provider>.<verb>_<object>``, such as ``aws.disable_access_key``.
        title: the effect in words, imperative: "Switch the access key off".
        phase: what it is for.
        kinds: the :attr:`Target.kind` values that it takes.
        calls: the vendor's calls that it makes, for the reader of the plan.
        permissions: what it needs; the source of the least-privilege documents.
        propagation: how its effect is watched.
        reversible: whether :meth:`Action.compensate` can take it back.
        mutates: ``False`` for actions that only read (evidence, survey, confirm): no intent,
            no apply; their checks are asked in the same way.
        on_identity: the effect is on the identity as a whole, whichever of its credentials is the
            target (its bindings, its session policy): another run that contains another credential
            of it rests on the same effect.
        closes_mint: for the phase :attr:`Phase.CUT`: nobody can open the next credential of this
            kind once it is proven, as when the identity itself is disabled. Any other cut stays
            *mint open* unless a close-mint step is proven before it.
        reference: the vendor's page.
    """

    name: str
    title: str
    phase: Phase
    kinds: frozenset[str]
    calls: tuple[str, ...]
    permissions: tuple[Permission, ...]
    propagation: Propagation
    reversible: bool
    reference: str
    mutates: bool = True
    closes_mint: bool = False
    on_identity: bool = False
