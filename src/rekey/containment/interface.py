"""What a provider offers to the engine, and what the engine promises in return.

A provider is one connected account, cluster or Vault. It offers *actions*; the engine alone decides
when they run, and takes each through the same six parts::

    observe → guards → intent (journalled) → apply → verify → compensate (on request)

**Who does what.** Providers make single calls and say truthfully what came back. They never wait,
never retry, never write to the journal and never judge whether something is proven: the engine
counts the checks, waits for propagation and gives the grade (:mod:`rekey.containment.proof`).

**What reaches the journal.** :class:`Target`, :class:`Observation`, :class:`Applied` and
:class:`Check` are written as they are. They hold identifiers, never secrets: a secret lives in
:class:`Secret`, which neither prints nor serialises.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from rekey.containment.secret import Secret
from rekey.containment.survey import Finding

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
Facts = Mapping[str, Json]
"""Plain data for the plan and the journal; no secrets, times as ISO 8601 text."""


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
class Connection:
    """Where we are connected, and as whom. Asked again before every effect.

    Attributes:
        provider: as :attr:`Provider.name`.
        scope: what the account guard compares with the case: AWS account id, uid of the namespace
            ``kube-system``, Vault cluster id.
        scope_names: other names under which a case may know the same scope, such as a cluster name.
        principal: canonical id of the identity that we act as.
        identities: everything that we are: principal, ids behind it, the chain of roles or the
            parent tokens, the credential in use. Compared with :meth:`Target.names`.
        depends_on: what we need to go on working, each with its reason, such as the store that
            secrets go to. Acting on one of these is refused like acting on ourselves.
        endpoints: the API endpoints that proofs must cover where caches are per node.
        clock: the time by the provider's own clock when it answered (``Date``), where it says so;
            what is cut by age is dated by it.
    """

    provider: str
    scope: str
    principal: str
    identities: frozenset[str]
    scope_names: frozenset[str] = frozenset()
    depends_on: Mapping[str, str] = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    clock: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """A credential or identity as a case knows it; see :class:`rekey.case.CredentialNode`.

    Attributes:
        kind: as the log source names it: ``aws_access_key``, ``aws_session_key``, ``k8s_token``,
            ``vault_service_token``, …; the provider refines it (:attr:`Target.kind`).
        id: as the log names it; in Vault's log the HMAC of an accessor, in Kubernetes ``JTI=…``.
        actor: canonical id of the identity that used it, where one did.
        account: account, cluster or namespace of that identity, as logged.
        parent: id of the credential from which it was minted, where that is proven or derived.
        targets: what it acted on, as logged: roles assumed, accounts changed.
        playbooks: what the rules that fired ask for, the nearest first. Where an answer is
            possible at several places (the token, its AppRole, its entity), the provider gives the
            target that the first of them is about.
    """

    kind: str
    id: str
    actor: str | None = None
    account: str | None = None
    parent: str | None = None
    issuer: str | None = None
    bound_to: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    targets: tuple[str, ...] = ()
    playbooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """Something that a suspect credential did with success, as the case's timeline shows it.

    Attributes:
        time: of the first of equal acts.
        action: as the log names it: ``CreateAccessKey``, ``create pods``, ….
        target: what it was done to, as logged.
        credential: id of the credential that did it.
        actor: canonical id of the identity that did it.
        minted: ids of credentials of the case that it issued.
        event: id of the event.
    """

    time: datetime
    action: str
    target: str | None
    credential: str
    actor: str | None
    minted: tuple[str, ...]
    event: str


@dataclass(frozen=True)
class Party:
    """An identity besides the target's own that effects on the target hit as well.

    Attributes:
        identity: its canonical id.
        why: how it is hit, in words: "the role is closed to it".
        aliases: further names, for the guards.
    """

    identity: str
    why: str
    aliases: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """Give every name under which a guard may know it."""
        return self.aliases | {self.identity}


@dataclass(frozen=True)
class Target:
    """One credential or identity, found at the provider. Part of the plan and of its digest.

    Credentials that the same effect ends are one target: all sessions of a role have the role as
    their ``id``, so that the plan holds each effect once.

    A plan is a file that whoever asks could have written. So nothing in it is believed: before
    each effect :meth:`Provider.resolve` finds the target again, from ``kind``, ``id`` and
    ``given`` alone, and the run goes on only if the answer is equal to what the plan says, in
    every attribute. Two things follow for providers. Whatever an action reads from a target must
    come out of ``resolve`` again; and what changes by itself (uses left, times of last use) has no
    place here.

    Attributes:
        kind: the refined kind, by which a playbook's automation is chosen: ``aws_access_key``,
            ``aws_role_session``, ``aws_user_session``, ``kubernetes_bound_token``,
            ``kubernetes_unbound_token``, ``kubernetes_legacy_token``, ``vault_service_token``,
            ``vault_batch_token``, ``vault_approle``, ``vault_entity``.
        id: the provider's own id; never a secret (a Vault accessor can revoke, so give its HMAC
            here and look the accessor up again in the action). Something that is made anew under
            the same name is another target: let its id, or an alias, tell the two apart (uid,
            ``RoleId``).
        identity: canonical id of the identity that owns it: ARN, ``system:serviceaccount:ns:name``,
            entity id.
        aliases: further ids and names of the same identity and credential, for the guards: unique
            ids, display names, alias names, tags as ``tag:key=value``, the role behind it. People
            write break-glass lists by the names that they know.
        given: what only the case knows and ``id`` does not tell, as plain ids: the key with which
            a role was assumed. Everything that follows from it is found again by ``resolve``.
        parties: everybody else whom some effect on this target hits. Guards look at all of them as
            they look at ``identity``.
        facts: what the actions need and a reader should see: user name, role, namespace, uid.
    """

    provider: str
    scope: str
    kind: str
    id: str
    identity: str
    aliases: frozenset[str] = frozenset()
    facts: Facts = field(default_factory=dict)
    given: Facts = field(default_factory=dict)
    parties: tuple[Party, ...] = ()

    def names(self) -> frozenset[str]:
        """Give every name under which a guard may know it."""
        return self.aliases | {self.id, self.identity}

    def hit(self) -> Mapping[str, frozenset[str]]:
        """Give all names of everybody whom an effect on it hits, by what a message says."""
        others = {f"{one.identity} ({one.why})": one.names() for one in self.parties}
        return {self.identity: self.names()} | others


@dataclass(frozen=True)
class BlastRadius:
    """What else breaks, for the target and its parties.

    ``None`` means that nobody could say, and counts as the worst.

    Attributes:
        dependents: workloads that use the credential or identity, by name.
        callers: distinct callers within the last 24 hours.
        privileged: holds rights over identities or over everything.
        production: carries the site's production tag.
        notes: what limits these figures, in words.
    """

    dependents: tuple[str, ...] | None
    callers: int | None
    privileged: bool | None
    production: bool | None
    notes: tuple[str, ...] = ()


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
    """

    name: str
    resource: str = "*"


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


@dataclass(frozen=True)
class Call:
    """One run of one action on one target; everything that an action may look at.

    Attributes:
        marker: unique to run and step, and the same after a crash; put it into names,
            descriptions, labels or metadata of all that is made. Letters, digits and dashes.
        before: what :meth:`Action.observe` saw before the intent; ``None`` until then. After a
            crash it comes from the journal, so that what is new can be told from what was there.
        intended_at: when the intent was journalled; ``None`` until then. What is new and younger
            than this is ours.
        cutoff: the time that a cut by age uses (``aws:TokenIssueTime``): later than the proven end
            of minting, by the provider's clock where it tells. In a run it is set for every step of the
            phase :attr:`Phase.CUT`; ``None`` while planning. An action that cuts by age must refuse
            to apply without it.
        since: begin of the abuse, for surveys and evidence.
        earlier: ``Applied.facts`` of earlier steps on the same target by step id, so that
            distributing knows what was issued.
        suspects: ids of the credentials that the plan contains, as the log names them, and of the
            identities that they belong to. What one of them made, or a credential that one of them
            issued, is the thief's until somebody explains it.
        explained: ids that a survey need not report: what the plan itself contains, and what a
            responder explained by name and reason; never all that the case knows.
        presented: the old credential, where the responder has it; for the probe only.
        store: where a new secret goes; ``None`` if the run has none.
        destination: the place in that store.
    """

    target: Target
    run: str
    step: str
    marker: str
    before: "Observation | None" = None
    intended_at: datetime | None = None
    cutoff: datetime | None = None
    since: datetime | None = None
    earlier: Mapping[str, Facts] = field(default_factory=dict)
    suspects: frozenset[str] = frozenset()
    explained: frozenset[str] = frozenset()
    presented: Secret | None = field(default=None, repr=False, compare=False)
    store: "SecretStore | None" = field(default=None, repr=False, compare=False)
    destination: str | None = None

    def mark_of(self, made: str) -> str:
        """Give the marker under which the value of one credential is stored.

        Each attempt has its own: what an earlier one wrote must not pass for the successor.

        Args:
            made: what tells the credential from those of other attempts; letters, digits, dashes.
        """
        return f"{self.marker}-{made}"


@dataclass(frozen=True)
class Observation:
    """The state that matters to an action, read from the provider.

    Attributes:
        effect: ``absent``: to be applied. ``present``: it holds already, whoever did it.
            ``partial``: something that carries our marker, or is younger than our intent, is
            there but incomplete (a key whose secret was lost): it is cleared up first.
        state: what :meth:`Action.compensate` needs to restore, and what a reader wants to see.
        ours: with ``present``: ``True`` if it carries our marker, ``False`` if it carries another's,
            ``None`` if such an effect carries no mark at all (a key that is off). What is not ours
            is not undone.
        facts: with ``present`` and ours: what :attr:`Applied.facts` said, or would have said had
            its answer not been lost.
        existing: in the phase :attr:`Phase.ISSUE`: ids of the credentials of this kind that the
            identity has, without our own. One that was not there when the plan was made, and that
            no step of the run made, voids the plan: another run issues too, or the thief does.
    """

    effect: Literal["absent", "present", "partial"]
    state: Facts
    ours: bool | None = None
    facts: Facts = field(default_factory=dict)
    existing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Forecast:
    """What an action would do to this target; made for the plan, by reading only.

    Attributes:
        grade: the proof that is reached with what rekey has itself, no old credential presented.
        because: why not a better one, or what it rests on.
        breaks: what stops working, in words; empty if nothing honest does.
        residual_until: until when something stays usable in spite of the action; ``None`` with a
            ``residual`` means until the credential expires, and the engine fills in what the case
            knows of that.
        residual: what that is, in words, without a time.
        residual_endless: that it stays usable without end.
        impossible: why the action cannot be done here (quota full, service-linked role).
        if_presented: the proof that is reached where the responder presents the old credential
            (``--present``), if that is a better one.
        mint_open: for close-mint and cut: how whoever holds what led here can open the next one
            although this is proven, in words ("STS takes the token of the cluster until it
            expires"); ``None`` if this action leaves no such way.
    """

    grade: Grade
    because: str
    breaks: tuple[str, ...] = ()
    residual_until: datetime | None = None
    residual: str | None = None
    impossible: str | None = None
    residual_endless: bool = False
    if_presented: Grade | None = None
    mint_open: str | None = None


@dataclass(frozen=True)
class Applied:
    """What a call changed. Returning one says that the provider accepted it, not that it holds.

    Attributes:
        facts: ids of what was made or changed, version ids of secrets written; no values.
        removed: ids of what was taken away, by an undoing.
        request_id: the provider's id of the call, to find it in the audit log.
    """

    facts: Facts = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True)
class Check:
    """One question to one endpoint, and its answer.

    Attributes:
        grade: the grade that it speaks for; ``A`` and ``A-sibling`` only from a :class:`Probe`.
        endpoint: who was asked. All endpoints that answer for a grade must hold.
        question: the call, in words a reader can repeat; no secrets.
        expected: the exact answer that proves the effect: error code, state.
        answer: what came back, bounded, no secrets.
        holds: ``True`` only for the expected answer; ``None`` if it could not be told (timeout,
            throttled, another error than the expected one, a list that was not asked for because
            the server does not know it or we may not read it). Neither counts as the other, and
            what was not asked is never "nothing".
    """

    grade: Grade
    endpoint: str
    question: str
    expected: str
    answer: str
    holds: bool | None


class Probe(Protocol):
    """A credential that should die with the effect, in memory only.

    The engine presents it *before* the effect too. A probe that is not accepted then proves
    nothing and is dropped, so a wrong or expired credential can never pass for a revoked one.
    Present it with a call that policies apply to (not ``GetCallerIdentity``, which succeeds even
    under an explicit deny), that changes nothing, and that is harmless to the limits on failures.
    """

    @property
    def grade(self) -> Grade:
        """``A`` for the old credential itself, ``A-sibling`` for one minted beside it."""

    def present(self) -> Sequence[Check]:
        """Present it once to each endpoint; ``holds`` means rejected with the expected error."""

    def close(self) -> None:
        """Forget it; end a sibling that the effect did not end. Called once, never raises."""


class Action(Protocol):
    """One thing that can be done, with its proof. All methods may raise :class:`ProviderError`.

    **Whoever issues** (:attr:`Phase.ISSUE`) makes a credential whose secret must be stored in the
    same step. A store may refuse at any moment, and no credential may be left that nobody knows:

    - ``observe`` finds what carries our mark without the store. If the store cannot be asked, what
      was found is ``partial``.
    - ``apply`` takes the credential back where the store refuses, and raises :class:`Refused` with
      it under ``removed``; where that fails too, :class:`Unclear` with it under ``made``.
    - ``compensate`` puts the store's earlier version back first (:meth:`SecretStore.restore`), and
      only then ends the successor. Where the store cannot do that, it raises :class:`Refused` and
      leaves the successor as it is: whoever reads the store goes on working. It ends what
      ``call.earlier[call.step]`` names and nothing else, however new other credentials are.
    """

    @property
    def spec(self) -> ActionSpec:
        """What is known about it without asking."""

    def forecast(self, call: Call) -> Forecast:
        """Say what it would do; reads only."""

    def observe(self, call: Call) -> Observation:
        """Read the present state; reads only. Must find what carries ``call.marker``."""

    def probe(self, call: Call) -> Probe | None:
        """Make ready what is presented before and after; ``None`` if that is not possible.

        Called after the guards and an entry in the journal, before the intent. A sibling that is
        minted here is short-lived and carries ``call.marker``; one left by a crash is ended first.
        """

    def clear(self, call: Call) -> Sequence[str]:
        """End what earlier attempts left: what was made, and whose value is lost.

        Called for a partial effect before it is applied again. Gives the ids, for the journal.
        """

    def apply(self, call: Call) -> Applied:
        """Bring the effect about, marked; called only after the intent is journalled.

        Raises:
            Refused: nothing was changed.
            Throttled: nothing was changed, and it may be tried again later.
            Unclear, Unreachable: it may or may not have been changed; the engine observes again.
        """

    def verify(self, call: Call) -> Sequence[Check]:
        """Ask once whether the effect holds (grades B and C); never empty."""

    def collect(self, call: Call) -> Mapping[str, bytes]:
        """Give what a later step destroys, as files by name; for :attr:`Phase.EVIDENCE` only.

        Called once, in a run, never while planning. The engine writes the files into the site's
        evidence folder, readable by its owner only, and their digests into the journal; texts are
        scrubbed of what looks like a secret. What could not be read has its reason in ``observe``.
        """

    def compensate(self, call: Call) -> Applied:
        """Restore ``call.before``; must be safe to repeat. Only for reversible actions.

        The engine calls it only while the effect is ours (:attr:`Observation.ours`), and no other
        run holds the same effect on the same target.
        """


class SecretStore(Protocol):
    """Where new secrets go. It takes values and never gives them back."""

    @property
    def name(self) -> str:
        """What the plan calls it, such as ``vault:secret`` or ``aws-secretsmanager``."""

    @property
    def provider(self) -> "Provider":
        """The connection that it writes through, to ask what it may do."""

    @property
    def permissions(self) -> Sequence[Permission]:
        """What writing needs; no right to read a value is among it."""

    def identities(self) -> frozenset[str]:
        """Give what it depends on, for the self guard: its key, its account, its token's entity."""

    def unready(self, destination: str) -> str | None:
        """Say why nothing could be written there: no such place, a right that is missing.

        Reads only. Asked when the plan is made, and again before a credential is issued. ``None``
        if it could be written, as far as that can be told.
        """

    def find(self, destination: str, marker: str) -> str | None:
        """Give the version that was written with this marker (:meth:`Call.mark_of`), if any."""

    def write(self, destination: str, value: Secret, marker: str) -> str:
        """Write a value once for this marker; give the version id."""

    def restore(self, destination: str, marker: str) -> None:
        """Make the version current again that ours replaced; safe to repeat.

        Raises:
            Refused: it keeps no earlier version, or cannot bring one back without reading it, or
                somebody wrote another one since. Nothing was changed.
        """


class Provider(Protocol):
    """One connected account, cluster or Vault."""

    @property
    def name(self) -> str:
        """``aws``, ``kubernetes``, ``vault``."""

    def connection(self) -> Connection:
        """Ask the provider who and where we are.

        Raises:
            SelfUnknown: it cannot be told; every effect is refused then.
        """

    def locate(self, wanted: Wanted) -> Target:
        """Find a credential of a case.

        Raises:
            Gone: it was there and is not any more, so that nothing is left to contain.
            NotFound: it is not there, or not something that we can act on.
            Ambiguous: several fit; a person must choose.
        """

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        """Find the target of a plan again; :meth:`locate` ends in the same answer.

        Reads the provider, and takes nothing from the plan but these three.

        Raises:
            Gone: it was there and is not any more, as after a deletion of ours.
            NotFound, Ambiguous: as :meth:`locate`.
        """

    def trace(self, act: Act) -> Finding | None:
        """Say what an act may have left behind: an identity, right, trust, workload or credential.

        Asked while planning, for what the timeline of the case shows; asks nobody. A finding must
        be explained before anything is issued or given back, unless all that it ``minted`` is
        contained. ``None`` for acts that only read, or leave nothing that helps a thief back.
        """

    def actions(self) -> Sequence[Action]:
        """Give all actions, for every kind."""

    def blast_radius(self, target: Target) -> BlastRadius:
        """Find out what else would break."""

    def protected(self, target: Target) -> str | None:
        """Say why nobody may act on it at all (service-linked, reserved), if so."""

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        """Ask which of these we hold; ``None`` where the provider cannot say."""

    def policy(self, permissions: Iterable[Permission]) -> str:
        """Write the least-privilege document that grants these, in the provider's own language."""


class Connect(Protocol):
    """How the command line opens a provider: each room ``rekey.providers.<name>`` exports it."""

    def __call__(self, options: Facts) -> Provider:
        """Connect with a site's options; credentials come from the provider's usual places.

        ``options["names"]`` is a list of further names of the scope (:attr:`Connection.scope_names`).

        Raises:
            RekeyError: an option is wrong, or the optional dependency is not installed.
        """


class OpenStore(Protocol):
    """How the command line opens a secret store: ``open_store`` of a provider's room."""

    def __call__(self, name: str, options: Facts) -> SecretStore:
        """Open a store under the name that the settings file gives it.

        Raises:
            RekeyError: as :class:`Connect`.
        """
