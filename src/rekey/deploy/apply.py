"""Carry out a plan: nothing but what it says, and only where things are as it found them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rekey.deploy.digest import digest
from rekey.deploy.errors import Failed, Outdated, Rejected
from rekey.deploy.interface import Body, Live, Policy, Target
from rekey.deploy.ledger import Ledger, Pending, Record, Site, settled, write_ledger
from rekey.deploy.merge import joined
from rekey.deploy.plan import Change, Plan, Status
from rekey.errors import RekeyError

Told = Callable[[Change], None]
"""Called with each change that was made."""


@dataclass
class Outcome:
    """What became of a plan.

    Attributes:
        made: number of changes made by this run.
        refused: changes that were not made, each with the reason; the others were not held up.
    """

    made: int = 0
    refused: list[tuple[Change, RekeyError]] = field(default_factory=list)


@dataclass
class Applier:
    """One run of a plan.

    Attributes:
        target: where to; its place must be the plan's.
        ledger: what was deployed before; it is written to ``file`` after each change.
        file: the ledger's file.
        tell: hears of each change.
    """

    target: Target
    ledger: Ledger
    file: Path
    tell: Told = lambda change: None

    def run(self, plan: Plan) -> Outcome:
        """Apply a plan. A second run of the same plan makes what the first one could not, only.

        Raises:
            RekeyError: the plan is for another place.
            Outdated: something changed since it was made; nothing was written.
            Unreachable: the connection broke; the same call goes on where it stopped.
        """
        if (plan.target, plan.place) != (self.target.name, self.target.place):
            raise RekeyError(
                f"the plan is for {plan.target} at {plan.place}, not for {self.target.place}"
            )
        site, run = self.ledger.at(plan.place), plan.digest
        live = self.target.live(frozenset(change.key for change in plan.actions))
        todo = [c for c in plan.actions if not self._is_done(c, live.get(c.key), site, run)]
        self._check(todo, live, site, run)
        outcome = Outcome()
        for change in todo:
            try:
                self._carry_out(change, site, run)
                outcome.made += 1
            except (Rejected, Failed, Outdated) as error:
                outcome.refused.append((change, error))
        self._adopt(plan, site)
        return outcome

    def _is_done(self, change: Change, live: Live | None, site: Site, run: str) -> bool:
        """Say whether this very plan did it; one whose answer was lost is written down."""
        record = site.records.get(change.key)
        if record is None:
            return False
        if record.pending is None:
            return record.run == run
        if record.pending.run != run:
            return False
        done = has_happened(change, live, self.target.policy(change.key))
        if done:
            self._write_down(change, site, run, live.body if live else {})
        return done

    def _check(self, todo: list[Change], live: dict[str, Live], site: Site, run: str) -> None:
        other = [c.name for c in todo if not _is_as_planned(c, live.get(c.key), site, run)]
        if other:
            raise Outdated(
                f"changed since the plan was made: {', '.join(other)}; nothing was written",
                hint="Plan again, and review that.",
            )

    def _carry_out(self, change: Change, site: Site, run: str) -> None:
        there = self.target.read(change.key)  # once more: others work here too
        if not _is_as_planned(change, there, site, run):
            raise Outdated("was changed while the plan was applied; it was left as it is")
        before = site.records.get(change.key)
        begun = before or Record(name=change.name)
        pending = Pending(run=run, sent=change.sent)
        site.records[change.key] = begun.model_copy(update={"pending": pending})
        write_ledger(self.ledger, self.file)
        try:
            stored = self._call(change, there is not None)
        except Rejected:  # nothing was changed
            if before is None:
                del site.records[change.key]
            else:
                site.records[change.key] = before
            write_ledger(self.ledger, self.file)
            raise
        self._write_down(change, site, run, stored)
        self.tell(change)

    def _call(self, change: Change, is_there: bool) -> Body:
        if change.after is None:
            self.target.remove(change.key)
            return {}
        if change.status is Status.REPLACE:
            return self._replace(change, change.after, is_there)
        if is_there:
            return self.target.update(change.key, change.after)
        return self.target.create(change.key, change.after)

    def _replace(self, change: Change, after: Body, is_there: bool) -> Body:
        """Remove an object and make it again; if the new one is refused the old one comes back."""
        if is_there:
            self.target.remove(change.key)
        try:
            return self.target.create(change.key, after)
        except Rejected as refused:
            try:
                self.target.create(change.key, _as_it_was(change, after))
            except Rejected as error:
                raise Failed(
                    f"was removed, and its new form was refused ({refused.message}); so was its "
                    f"old one ({error.message})",
                    hint="The plan's file holds both.",
                ) from error
            raise

    def _write_down(self, change: Change, site: Site, run: str, stored: Body) -> None:
        site.records[change.key] = settled(
            change.name, change.sent, stored, self.target.policy(change.key), change.previous, run
        )
        site.last_run = run
        write_ledger(self.ledger, self.file)

    def _adopt(self, plan: Plan, site: Site) -> None:
        """Write down what was found as we would write it, so that later edits can be told."""
        found = [c for c in plan.changes if not c.acts and c.after is not None]
        live = self.target.live(frozenset(c.key for c in found)) if found else {}
        for change in found:
            there = live.get(change.key)
            if there is None or digest(there.body) != change.before:
                continue
            policy = self.target.policy(change.key)
            site.records[change.key] = settled(
                change.name, change.sent, there.body, policy, None, ""
            )
        if found:
            write_ledger(self.ledger, self.file)


def has_happened(change: Change, live: Live | None, policy: Policy) -> bool:
    """Say of a change whose answer was lost whether it was carried out, and stands unaltered.

    What is not ours to decide says nothing: its users may have been there since.
    """
    if live is None or change.after is None:
        return (live is None) == (change.after is None)
    body, after = live.body, change.after
    same = all(policy.same(name, body, after) for name in change.sent.fields)
    return same and all({*body.get(name, ())} == {*after[name]} for name in change.sent.entries)


def _as_it_was(change: Change, after: Body) -> Body:
    """Give an object before a change: its users' part as it was kept, and ours of that time."""
    sent, previous = change.sent, change.previous or {}
    was = {name: value for name, value in after.items() if name not in sent.fields} | previous
    for name, ours in sent.entries.items():
        was[name] = joined(previous.get(name, []), after[name], ours)
    return was


def _is_as_planned(change: Change, there: Live | None, site: Site, run: str) -> bool:
    now = digest(there.body) if there else None
    record = site.records.get(change.key)
    # A replacement that was cut off between removing and making again.
    pending = record.pending if record else None
    half = change.status is Status.REPLACE and pending is not None and pending.run == run
    return now == change.before or (half and now is None)
