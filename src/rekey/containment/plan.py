"""The plan: what is approved, byte for byte. Schema version 1."""

import json
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints, ValidationError

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.order import Order
from rekey.containment.survey import Finding
from rekey.containment.target import Party, Target
from rekey.errors import Place, RekeyError
from rekey.journal.canonical_json import digest

_MAX_BYTES: Final = 20_000_000


StepId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}-[a-z][a-z0-9_]{1,40}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedParty(_Frozen):
    """:class:`rekey.containment.target.Party`."""

    identity: str
    why: str
    aliases: tuple[str, ...]


class PlannedTarget(_Frozen):
    """:class:`rekey.containment.target.Target`, as it was found when the plan was made."""

    provider: str
    scope: str
    kind: str
    id: str
    identity: str
    aliases: tuple[str, ...]
    facts: dict[str, JsonValue]
    given: dict[str, JsonValue] = {}
    parties: tuple[PlannedParty, ...] = ()

    @classmethod
    def of(cls, target: Target) -> "PlannedTarget":
        """Take a target into a plan."""
        parties = [
            PlannedParty(identity=one.identity, why=one.why, aliases=tuple(sorted(one.aliases)))
            for one in target.parties
        ]
        return cls(
            provider=target.provider, scope=target.scope, kind=target.kind, id=target.id,
            identity=target.identity, aliases=tuple(sorted(target.aliases)),
            facts=json.loads(json.dumps(target.facts)),
            given=json.loads(json.dumps(target.given)),
            parties=tuple(sorted(parties, key=lambda one: (one.identity, one.why))),
        )  # fmt: skip

    def target(self) -> Target:
        """Give it back to a provider."""
        parties = tuple(Party(p.identity, p.why, frozenset(p.aliases)) for p in self.parties)
        return Target(
            self.provider, self.scope, self.kind, self.id, self.identity,
            frozenset(self.aliases), self.facts, self.given, parties,
        )  # fmt: skip

    def differs(self, other: "PlannedTarget") -> list[str]:
        """Name the attributes in which another one is not equal."""
        names = type(self).model_fields
        return [name for name in names if getattr(self, name) != getattr(other, name)]


class PlannedStep(_Frozen):
    """One action on one target."""

    id: StepId
    """``<number>-<name>``; the number is that of the target in this plan."""
    action: str
    phase: Phase
    title: str
    target: PlannedTarget
    playbook: str
    needs: tuple[str, ...]
    """Ids of steps that must be proven first."""
    calls: tuple[str, ...]
    mutates: bool
    reversible: bool
    holds_already: bool
    bound_seconds: int
    """No check made earlier than this after the effect counts."""
    advised_seconds: int | None
    """What that bound should be, where the site has set a shorter one."""
    grade: Grade
    """The proof that is reached with what rekey has itself."""
    if_presented: Grade | None = None
    """The better one where the responder presents the old credential."""
    least: Grade
    """The proof without which the step is not done."""
    because: str
    breaks: tuple[str, ...]
    residual_until: datetime | None
    """``None`` where there is a residual and nobody knows when it ends."""
    residual: str | None
    residual_endless: bool = False
    closes_mint: bool = False
    mint_open: str | None = None
    """How the next credential can be opened although this step is proven."""
    existing: tuple[str, ...] = ()
    """Ids of the identity's other credentials when the plan was made, for steps that issue."""
    grace_seconds: int | None = None

    @property
    def subject(self) -> str:
        """Name the identity that it acts on, for leases and cool-downs."""
        return f"{self.target.provider}/{self.target.scope}/{self.target.identity}"


class PlannedScope(_Frozen):
    """Where the plan acts, and as whom.

    Attributes:
        named: the account as the requester named it, where the case does not name one.
    """

    provider: str
    scope: str
    principal: str
    named: str | None = None


class Radius(_Frozen):
    """:class:`rekey.containment.target.BlastRadius` of one target, with what follows of it."""

    target: str
    dependents: tuple[str, ...] | None
    callers: int | None
    privileged: bool | None
    production: bool | None
    approvers: int
    because: tuple[str, ...]
    notes: tuple[str, ...] = ()


class LeftOut(_Frozen):
    """Something of the case that this plan does not touch, and why."""

    what: str
    why: str
    playbook: str | None = None
    """Where its steps for a person stand."""
    step: str | None = None
    """Its id, where it is a step of a target."""
    needs: tuple[str, ...] = ()
    """Ids of steps without which this one cannot be, and that are left out too."""
    exposure: Literal["none", "watch", "expires", "open"] = "open"
    """``none``: nothing that a thief can use is left by leaving it out. ``watch``: it is usable,
    and nothing says that a thief has it. ``expires``: it stays usable until it expires. ``open``:
    it may be usable, and nobody has ended it."""
    until: datetime | None = None
    """When it expires, where that is known."""
    second: bool = False
    """A step besides another one of the same phase, which brings about the same alone."""


class PlannedFinding(_Frozen):
    """What the case shows that a suspect credential left behind, until somebody explains it."""

    provider: str
    id: str
    what: str
    by: str | None
    ids: tuple[str, ...]

    @classmethod
    def of(cls, provider: str, found: Finding) -> "PlannedFinding":
        """Take a finding into a plan."""
        return cls(
            provider=provider, id=found.id, what=found.what, by=found.by,
            ids=tuple(sorted(found.ids)),
        )  # fmt: skip

    def finding(self) -> Finding:
        """Give it as a survey would."""
        return Finding(self.id, self.what, self.by, frozenset(self.ids))


class Plan(_Frozen):
    """What will be done, in order, and nothing else."""

    schema_version: Literal[1] = 1
    order: Order
    case: str
    case_digest: str
    """SHA-256 of the case's canonical JSON."""
    reason: str
    requester: str
    created: datetime
    expires: datetime
    since: datetime
    """Begin of the abuse."""
    journal: str | None = None
    """Id of the journal in which its one run will stand; ``None`` for a dry run."""
    credentials: dict[str, tuple[str, ...]] = {}
    """Target id → ids of the case's credentials that led to it."""
    suspects: tuple[str, ...] = ()
    """Ids of credentials and identities whose acts are the thief's until somebody explains them."""
    explained: tuple[str, ...] = ()
    """Ids that the plan itself contains; a survey does not report them."""
    findings: tuple[PlannedFinding, ...] = ()
    store: str | None = None
    destinations: dict[str, str] = {}
    """Target id → place in the store where its successor goes."""
    scopes: tuple[PlannedScope, ...]
    steps: tuple[PlannedStep, ...]
    radius: tuple[Radius, ...]
    approvers: int
    left_out: tuple[LeftOut, ...]
    lists: dict[str, str] = {}
    """Signed lists that were consulted → their SHA-256."""
    vanished: tuple[str, ...] = ()
    """Entries of the break-glass list that stood in the one before, and do not any more."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the whole plan: what approvals sign."""
        return digest(self.model_dump(mode="json"))

    @property
    def run(self) -> str:
        """The id of the one run that this plan can have."""
        return self.digest[:12]

    def step(self, id: str) -> PlannedStep:
        """Give a step by its id."""
        return next(step for step in self.steps if step.id == id)

    def target_of(self, id: str) -> str | None:
        """Give the id of the target that an id of the case or of the plan leads to."""
        if id in self.credentials:
            return id
        return next((target for target, own in self.credentials.items() if id in own), None)

    def document(self) -> dict[str, Any]:
        """Give the published form: the plan with its digest."""
        return {"digest": self.digest, "plan": self.model_dump(mode="json")}


def read_plan(path: Path) -> Plan:
    """Read a plan and check that its digest is its own.

    Raises:
        RekeyError: unreadable, no plan, or changed after it was made.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise RekeyError(f"is larger than {_MAX_BYTES:,} bytes", place=Place(path))
        whole = json.loads(raw)
        plan, stated = Plan.model_validate(whole["plan"]), whole["digest"]
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be read", place=Place(path)) from error
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RekeyError(
            "is no plan",
            place=Place(path),
            hint="`rekey contain plan CASE.json --out FILE` makes one.",
        ) from error
    if plan.digest != stated:
        raise RekeyError(
            "was changed after it was made: the digest is not that of the plan",
            place=Place(path),
            hint="Make a new plan; approvals of this one do not hold for it.",
        )
    return plan
