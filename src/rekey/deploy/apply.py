"""Carry out a plan: nothing but what it says, and only where things are as it found them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rekey.deploy.digest import digest
from rekey.deploy.errors import Outdated
from rekey.deploy.interface import Body, Live, Target
from rekey.deploy.ledger import Ledger, Record, Site, settled, write_ledger
from rekey.deploy.plan import Change, Plan, Status
from rekey.errors import RekeyError

Told = Callable[[Change], None]
"""Called with each change that was made."""


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

    def run(self, plan: Plan) -> int:
        """Apply a plan; give the number of changes made. A second run of the same plan makes none.

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
        for change in todo:
            self._carry_out(change, site, run)
        self._adopt(plan, site)
        return len(todo)

    def _is_done(self, change: Change, live: Live | None, site: Site, run: str) -> bool:
        """Say whether this very plan did it; one whose answer was lost is written down."""
        record = site.records.get(change.key)
        if record is None or run not in (record.run, record.pending):
            return False
        if record.run == run and record.pending is None:
            return True
        done = _has_happened(change, live)
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
            raise Outdated(
                f"{change.name} was changed while the plan was applied; it was left as it is",
                hint="Plan again, and review that.",
            )
        record = site.records.get(change.key) or Record(name=change.name)
        site.records[change.key] = record.model_copy(update={"pending": run})
        write_ledger(self.ledger, self.file)
        stored = self._call(change, there is not None)
        self._write_down(change, site, run, stored)
        self.tell(change)

    def _call(self, change: Change, is_there: bool) -> Body:
        if change.after is None:
            self.target.remove(change.key)
            return {}
        if change.status is Status.REPLACE and is_there:
            self.target.remove(change.key)
            is_there = False
        if is_there:
            return self.target.update(change.key, change.after)
        return self.target.create(change.key, change.after)

    def _write_down(self, change: Change, site: Site, run: str, stored: Body) -> None:
        sent = {name: (change.after or {})[name] for name in change.ours}
        site.records[change.key] = settled(change.name, sent, stored, change.previous, run)
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
            sent = {name: (change.after or {})[name] for name in change.ours}
            site.records[change.key] = settled(change.name, sent, there.body, None, "")
        if found:
            write_ledger(self.ledger, self.file)


def _has_happened(change: Change, live: Live | None) -> bool:
    """Say of a change whose answer was lost whether it was carried out."""
    if live is None or change.after is None:
        return (live is None) == (change.after is None)
    if change.before is None:
        return live.ours
    # What was not to change says nothing, and servers may write it in their own way.
    asked = [one.field for one in change.differences]
    return all(live.body.get(name) == change.after.get(name) for name in asked)


def _is_as_planned(change: Change, there: Live | None, site: Site, run: str) -> bool:
    now = digest(there.body) if there else None
    record = site.records.get(change.key)
    # A replacement that was cut off between removing and making again.
    half = change.status is Status.REPLACE and record is not None and record.pending == run
    return now == change.before or (half and now is None)
