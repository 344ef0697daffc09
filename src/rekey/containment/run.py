"""A run: a plan carried out, gone on with after a crash or when something falls due, or undone."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rekey.containment import guards
from rekey.containment.approval import UNDO, Approved, NotApproved, approve, message
from rekey.containment.break_glass import ENTRY, last_list
from rekey.containment.clearance import Clearance
from rekey.containment.consistency import check_list, check_plan
from rekey.containment.context import Context
from rekey.containment.effect import Effects
from rekey.containment.explaining import explained
from rekey.containment.guards import GuardRefused
from rekey.containment.lease import LeasedClock, Leases
from rekey.containment.look_back import look_back
from rekey.containment.plan import Plan
from rekey.containment.presented import check_presented
from rekey.containment.progress import Progress, Status, progress_of, runs_of
from rekey.containment.record import Recorder
from rekey.containment.turns import Turns
from rekey.containment.undoing import Undoing
from rekey.errors import RekeyError
from rekey.journal.interface import Condition, Journal
from rekey.journal.ssh_signature import SignatureError, verify


class Engine:
    """Carries out plans."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def start(
        self, plan: Plan, request: str, signatures: Sequence[str], override: str | None = None
    ) -> Progress:
        """Carry out a plan, once.

        Args:
            plan: what to do.
            request: the requester's signature.
            signatures: the approvers'.
            override: the reason of an emergency.

        Raises:
            NotApproved, SignatureError: it is not permitted, or not for this journal and list of
            protected identities. GuardRefused: the clock cannot be right. RekeyError: what was
            presented is no credential of one of its targets.
        """
        check_presented(plan, self._context.presented)
        context, now = self._context, self._context.clock.now()
        guards.clock(now, context.journal, context.settings.limits.clock_skew)
        approved = approve(plan, request, signatures, self._allowed(), now, override)
        if not plan.steps:
            raise NotApproved(
                "the plan holds no step: there is nothing to carry out",
                hint="The plan says what it leaves out, and why.",
            )
        _check_journal(plan, context.journal)
        known, recorder = progress_of(context.journal, plan.run), self._recorder(plan.run)
        if known is None:
            check_plan(plan, context.settings, now)
            before = last_list(context.journal)
            check_list(plan, context.listed, before, approved.requester)
            if before.sha256 != context.listed.sha256:
                recorder.write(ENTRY, context.listed.document())
            recorder.write("planned", plan.document(), condition=_not_yet(plan.run))
        # Again if the process died in between, or more people have approved since.
        if known is None or _says_more(known, signatures, approved):
            recorder.write("approved", _permission(approved, request, signatures))
        return self.resume(plan.run)

    def resume(self, run: str) -> Progress:
        """Go on with a run: what is done stays done, what may have happened is looked at first.

        Raises:
            RekeyError: the journal does not know it. GuardRefused: another process works on it.
        """
        progress = self.progress(run)
        check_presented(progress.plan, self._context.presented)
        if progress.undoing:
            raise NotApproved(
                f"the run was {progress.outcome}",
                hint=f"`rekey contain undo {run}` goes on with that."
                if progress.ended.remains else "Make a new plan.",
            )  # fmt: skip

        def work(leases: Leases, recorder: Recorder) -> None:
            recorder.write("started")
            context, clock = self._context, self._clock(leases)
            clearance = Clearance(context, leases, self._permission(progress))
            effects = Effects(context, clock, recorder, clearance, progress)
            Turns(progress, effects, recorder, leases, context.clock).all()
            look_back(progress, effects, recorder)
            recorder.write("finished", progress.ending())

        return self._alone(progress, work)

    def due(self) -> list[str]:
        """Give the runs in which something has fallen due and may be done still."""
        now, window = self._context.clock.now(), self._context.settings.limits.due_window
        return [
            one.plan.run
            for one in runs_of(self._context.journal)
            if not one.undoing and any(
                s.due_at and s.due_at <= now and not s.done
                and (s.status is Status.WAITING or now < s.due_at + window)
                for s in one.steps.values()
            )
        ]  # fmt: skip

    def undo(self, run: str, reason: str, signature: str) -> Progress:
        """Take back what the run changed and what can be taken back, last first.

        Args:
            run: its id.
            reason: why; it is journalled.
            signature: over the plan's digest in the namespace ``rekey-undo``, by any allowed
                signer: whoever cut off the wrong workload must be able to mend that alone.

        Raises:
            RekeyError: unknown run, or no reason; SignatureError: not by an allowed signer.
        """
        progress = self.progress(run)
        if not reason.strip():
            raise RekeyError("undoing needs a reason: it stands in the journal and the report")
        signer = verify(message(progress.plan), signature, UNDO, self._allowed())

        def work(leases: Leases, recorder: Recorder) -> None:
            who = sorted(signer.principals)
            recorder.write("undo_started", {"reason": reason, "by": who, "signature": signature})
            Undoing(self._context, self._clock(leases), recorder, progress).all()
            recorder.write("finished", self.progress(run).ending())

        return self._alone(progress, work)

    def explain(self, run: str, ids: Sequence[str], reason: str, signature: str) -> Progress:
        """Say of what a survey found that it is honest, so that the run can go on.

        Args:
            run: its id.
            ids: of findings that are unexplained.
            reason: why they are honest; it is journalled.
            signature: see :func:`rekey.containment.explaining.statement`.

        Raises:
            RekeyError: unknown run or finding, or no reason; SignatureError, NotApproved: not by
            somebody who may.
        """
        progress = self.progress(run)
        payload = explained(progress, ids, reason, signature, self._allowed())
        self._recorder(run).write("explained", payload)
        return self.progress(run)

    def progress(self, run: str) -> Progress:
        """Read where a run stands.

        Raises:
            RekeyError: the journal does not know it.
        """
        return known_run(self._context.journal, run)

    def _alone(self, progress: Progress, work: Callable[[Leases, Recorder], None]) -> Progress:
        """Work on a run and its identities while nobody else does."""
        context, run = self._context, progress.plan.run
        limits = context.settings.limits
        guards.clock(context.clock.now(), context.journal, limits.clock_skew)
        leases = Leases(context.journal, context.clock, limits.lease, run)
        leases.take({f"run/{run}"} | {step.subject for step in progress.plan.steps})
        try:
            work(leases, self._recorder(run))
        finally:
            leases.release()
        return self.progress(run)

    def _permission(self, progress: Progress) -> Approved | NotApproved:
        """Check the signatures again: a signer may have been struck off since."""
        plan = progress.plan
        try:
            return approve(
                plan, progress.request, progress.approvals, self._allowed(), plan.created,
                progress.override,
            )  # fmt: skip
        except NotApproved as error:
            return error
        except SignatureError as error:
            return NotApproved(error.message, hint=error.hint)

    def _clock(self, leases: Leases) -> LeasedClock:
        context = self._context
        return LeasedClock(context.clock, leases, context.settings.limits.lease)

    def _allowed(self) -> Path:
        path = self._context.settings.allowed_signers
        if path is None:
            raise NotApproved(
                "no allowed_signers file is set, so that nobody can be told from anybody",
                hint="docs/containment.md says how to make one.",
            )
        return path

    def _recorder(self, run: str) -> Recorder:
        context = self._context
        return Recorder(context.journal, run, list(context.presented.values()), context.tell)


def known_run(journal: Journal, run: str) -> Progress:
    """Read where a run stands.

    Raises:
        RekeyError: the journal does not know it.
    """
    found = progress_of(journal, run)
    if found is None:
        raise RekeyError(
            f"the journal knows no run {run}", hint="`rekey contain status` lists the runs."
        )
    return found


def _check_journal(plan: Plan, journal: Journal) -> None:
    """A plan has one run, in one journal: in another one its effects would happen again."""
    if plan.journal is None:
        raise NotApproved(
            "the plan is a dry run", hint="`rekey contain plan --out FILE` makes one to carry out."
        )
    if plan.journal != journal.id:
        raise NotApproved(
            f"the plan was made for the journal {plan.journal}, and this is {journal.id}",
            hint="What was done already stands there. Name that journal in the settings, or make "
            "a new plan.",
        )


def _not_yet(run: str) -> Condition:
    def condition(journal: Journal) -> None:
        if next(iter(journal.entries(run=run, kind="planned")), None) is not None:
            raise GuardRefused("lease", f"run {run} was started by another process")

    return condition


def _says_more(known: Progress, signatures: Sequence[str], approved: Approved) -> bool:
    new = approved.override is not None and known.override is None
    return new or known.approvals != tuple(signatures) or not known.request


def _permission(approved: Approved, request: str, signatures: Sequence[str]) -> dict[str, object]:
    return {
        "request": request, "signatures": list(signatures), "override": approved.override,
        "missing": approved.missing, "requester": sorted(approved.requester.principals),
        "approvers": [
            {"names": sorted(one.principals), "key": one.fingerprint} for one in approved.approvers
        ],
    }  # fmt: skip
