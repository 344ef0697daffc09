"""Replay: logs in, alerts out.

Typical use::

    with Replay(rules, site, workdir) as replay:
        replay.read(["logs/"])
        outcome = replay.evaluate()
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import BinaryIO, Self, cast

from rekey.alert import Alert
from rekey.baselines import Baselines
from rekey.converters.duckdb.plan import Plans, ScanPlan, needs_origin
from rekey.converters.ruleset import RuleSet
from rekey.database import SuspectSegment
from rekey.evaluability import Verdict, evaluability
from rekey.fold import alerts_of
from rekey.habits import Habits
from rekey.match import Match
from rekey.outcome import Outcome, SourceCount
from rekey.raised import Raised
from rekey.recurrence import joined
from rekey.side_by_side import evaluate_all
from rekey.site import Site, ended, in_force
from rekey.sources.files import FileIntake
from rekey.sources.interface import InputFile, Limits, Segment
from rekey.sources.live import LineStream, LiveSource, Loss
from rekey.sources.rejects import RejectLog
from rekey.state_file import alone
from rekey.store import Store

Progress = Callable[[str, int], None]
"""Called with what is being done: ``reading`` and bytes since the last call, ``rules`` and how many are
done, ``waiting`` for another run that is at the state file and 0."""


def last_day(end: datetime) -> date:
    """Give the last day, in UTC, that has a moment before an end."""
    return (end.astimezone(UTC) - timedelta(microseconds=1)).date()


@dataclass
class Replay:
    """One run over one set of logs.

    Args:
        rules: the rules, with the site's exclusions as they are on ``day``.
        rules_on: gives the rules as they are on the day of the logs, where that is another one.
        workdir: empty folder for temporary files; the caller removes it.
        state: file of learned baselines, read at the beginning and rewritten at the end.
        source: force this log source instead of recognising it.
        time_from: what fired before is not reported; earlier events still teach baselines.
        time_to: events from then on are left out, so that the next run may begin there.
        lineage: keep what the case builder needs.
        ours: files that this run writes, which are no input even in a folder that is.
        loss: what live sources could not give as it was logged.
        raised: alerts that a SIEM has raised already.
        plans: how each source is read for these rules, if that has been planned already.
    """

    rules: RuleSet
    site: Site
    workdir: Path
    state: Path | None = None
    source: str | None = None
    time_from: datetime | None = None
    time_to: datetime | None = None
    lineage: bool = False
    force_spool: bool = False
    limits: Limits = field(default_factory=Limits)
    rejects: RejectLog | None = None
    progress: Progress = lambda what, amount: None
    day: date | None = None
    rules_on: Callable[[date], RuleSet] | None = None
    ours: Sequence[Path] = ()
    loss: Loss = field(default_factory=Loss)
    raised: list[Raised] = field(default_factory=list)
    plans: Mapping[str, ScanPlan] | None = None

    def __enter__(self) -> Self:
        """Plan the reading and open the store."""
        self.store = self._new_store(self.workdir)
        self.log = self.rejects or RejectLog()
        self.files: dict[int, InputFile] = {}
        self._segments: list[Segment] | None = None
        self._intake = FileIntake(
            self.workdir,
            source=self.source,
            limits=self.limits,
            rejects=self.log,
            progress=lambda amount: self.progress("reading", amount),
            force_spool=self.force_spool,
            ours=(*self.ours, *([self.state] if self.state else [])),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.store.__exit__(kind, error, trace)

    def read(self, paths: Sequence[str], *, part: int = 0) -> None:
        """Read inputs; may be called several times before :meth:`evaluate`."""
        self._intake.read(paths, part=part)

    def read_live(self, source: LiveSource, *, part: int = 0) -> None:
        """Read a server; what it could not give as it was logged is kept in ``loss``.

        Raises:
            LiveError: not all could be read.
        """
        stream = cast(BinaryIO, LineStream(source.lines()))
        self._intake.read_stream(stream, source.name, part=part)
        self.loss = source.loss

    def load(self) -> None:
        """Scan everything that was read.

        Whether an exception of the site still holds is judged by the time of the logs, which is
        known only now. Where it differs from what the rules were loaded for, the rules look at
        other events, so that the logs are scanned once more.
        """
        result = self._intake.finish()
        self.files |= {file.number: file for file in result.files}
        self._segments = self._scan(result.segments)
        judged = self.judged_on()
        if judged is None or self.rules_on is None or self.day is None:
            return
        if self.site.expired(judged) != self.site.expired(self.day):
            self.day, self.rules, self.plans = judged, self.rules_on(judged), None
            self._begin_anew()
            self._segments = self._scan(self._segments)

    def load_again(self, suspect: SuspectSegment) -> None:
        """Fill the store anew, reading tolerantly what is suspect.

        Raises:
            SuspectSegment: there is nothing that could be read in another way.
        """
        self._segments = self._instead(self._segments or (), suspect)

    def judged_on(self) -> date | None:
        """Give the day on which exceptions are judged: of ``time_to``, else of the last event."""
        if self.time_to is not None:
            return last_day(self.time_to)
        return max((last.date() for count in self._counts() if (last := count.last)), default=None)

    def _new_store(self, folder: Path) -> Store:
        if self.plans is None:
            self.plans = Plans(self.rules.rules, lineage=self.lineage)
        # Asked of all rules before anything is read: one that names what no record has is refused here,
        # also where no log of its source is read.
        self._origins = needs_origin(self.rules.rules)
        return Store(folder, self.plans, self.site)

    def _begin_anew(self) -> None:
        """Take an empty store instead."""
        self.store.__exit__(None, None, None)
        self.store = self._new_store(Path(mkdtemp(prefix="store", dir=self.workdir)))

    def _scan(self, segments: Sequence[Segment]) -> list[Segment]:
        """Fill the store; give the segments that it was filled from."""
        loaded = self._survey(segments)
        try:
            self.store.settle(origins=self._origins, until=self.time_to)
        except SuspectSegment as error:
            return self._instead(loaded, error)
        return loaded

    def _instead(self, segments: Sequence[Segment], suspect: SuspectSegment) -> list[Segment]:
        """Scan segments once more, but for suspect files, which are read record by record."""
        if not suspect.segments or not all(one.direct for one in suspect.segments):
            raise suspect
        again = [new for old in suspect.segments for new in self._tolerantly(old)]
        self._begin_anew()
        return self._scan([one for one in segments if one not in suspect.segments] + again)

    def _survey(self, segments: Sequence[Segment]) -> list[Segment]:
        pending, loaded = list(segments), []
        while pending:
            segment = pending.pop(0)
            try:
                self.store.load(segment)
            except SuspectSegment:
                if not segment.direct:
                    raise
                pending = [*self._tolerantly(segment), *pending]
            else:
                loaded.append(segment)
                if segment.direct:
                    self.progress("reading", self.files[segment.file].size)
        return loaded

    def _tolerantly(self, segment: Segment) -> Sequence[Segment]:
        return self._intake.read_tolerantly(self.files[segment.file], part=segment.part)

    def matches(self, baselines: Baselines) -> tuple[list[Match], dict[str, Verdict]]:
        """Evaluate every rule that can be; give matches, and what stands in the way of rules."""
        found: list[Match] = []
        verdicts: dict[str, Verdict] = {}
        for rule in self.rules.rules:
            verdict = verdicts[rule.path] = evaluability(rule, self.store, self.site)
            if verdict.undecidable:
                self.progress("rules", 1)
        decidable = [rule for rule in self.rules.rules if not verdicts[rule.path].undecidable]
        for each in evaluate_all(decidable, self.store, baselines, since=self.time_from):
            found += each
            self.progress("rules", 1)
        return found, verdicts

    def evaluate(self) -> Outcome:
        """Load, if that was not done, evaluate, and fold matches into alerts."""
        if self._segments is None:
            self.load()
        while True:
            try:
                with alone(self.state, lambda: self.progress("waiting", 0)):
                    return self._evaluated()
            except SuspectSegment as error:
                self.load_again(error)

    def _evaluated(self) -> Outcome:
        baselines = Baselines(self.state)
        baselines.open(self.store.db)
        matches, verdicts = self.matches(baselines)
        counts = tuple(self._counts())
        extents = {c.source: (c.first, c.last) for c in counts if c.first and c.last}
        habits = Habits(self.store.db, extents, keep=self.state is not None)
        raised = joined(alerts_of(matches, self.store, self.files), since=self.time_from)
        alerts, found = habits.sort(raised)
        baselines.save(self.store.db)
        return Outcome(
            alerts=tuple(alert for alert in alerts if self._in_time(alert)),
            habits=tuple(habit for habit in found if self._in_time(habit.alert)),
            not_evaluable={p: v.undecidable for p, v in verdicts.items() if v.undecidable},
            in_part={path: verdict.gaps for path, verdict in verdicts.items() if verdict.gaps},
            learning=tuple(sorted(baselines.learning)),  # noted as rules end, side by side
            mature=tuple(sorted(baselines.mature)),
            sources=counts,
            rejected={reason.value: n for reason, n in self.log.counts.items()},
            first_rejected=self.log.firsts,
            files=tuple(self.files.values()),
            judged_on=(judged := self.judged_on()),
            expired=tuple(ended(self.site, judged)) if judged else (),
            site=tuple(in_force(self.site, judged)) if judged else (),
        )

    def _in_time(self, alert: Alert) -> bool:
        return self.time_from is None or alert.last >= self.time_from

    def _counts(self) -> list[SourceCount]:
        return [SourceCount(source, *self.store.extent(source)) for source in self.store.present]
