"""One call of an action, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from rekey.containment.action_spec import Grade
from rekey.containment.secret import Secret
from rekey.containment.secret_store import SecretStore
from rekey.containment.target import Facts, Target


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
