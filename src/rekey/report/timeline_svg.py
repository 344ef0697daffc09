"""The timeline as a picture, in plain geometry: one lane per log source.

On the ground line of a lane stand its acts as bars (those of alerts in the alert's colour) and
minted credentials as rings; above, each finding where it begins, with its number in the case's list.
A thread leads from the act that minted a credential to its first use, across lanes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.case import CredentialNode, Step
from rekey.report.chain import is_minting, minting_events, short_id
from rekey.report.findings import Findings
from rekey.report.safe_text import shorten, visible
from rekey.report.time_scale import Cut, Tick, TimeScale, scale
from rekey.report.timeline_marks import Bar, Flag, Ring, bars, flags, rings
from rekey.report.words import in_utc, kind, plural, span

WIDTH: Final = 1240
_LEFT: Final = 148
_RIGHT: Final = WIDTH - 40
_TOP: Final = 36
_FLOOR: Final = 30
"""Height over the ground line that bars and rings take."""
_ROW: Final = 19
_THREADS_AT_MOST: Final = 24
_LANES_AT_MOST: Final = 12


@dataclass(frozen=True)
class Lane:
    """One log source: its ground line at ``base``, its marks, and what they amount to."""

    source: str
    label: str
    base: float
    bars: tuple[Bar, ...]
    rings: tuple[Ring, ...]
    flags: tuple[Flag, ...]
    acts: int
    minted: int
    findings: int
    first: datetime
    last: datetime

    def row(self, row: int) -> float:
        """Height of the middle of a row of flags."""
        return self.base - _FLOOR - _ROW * row - 4


@dataclass(frozen=True)
class Thread:
    """From a mint to the first use of what it minted; ``link`` says how sure that is."""

    path: str
    link: str
    note: str


@dataclass(frozen=True)
class Timeline:
    """The whole picture; all lengths are in its own units, 1 = 1 CSS pixel at full size."""

    height: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    cuts: tuple[Cut, ...]
    threads: tuple[Thread, ...]
    description: str
    width: int = WIDTH
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP


def draw(
    steps: Sequence[Step], findings: Findings, credentials: Sequence[CredentialNode]
) -> Timeline | None:
    """Lay out a timeline; ``None`` where there is no step.

    Args:
        steps: the timeline of a case, in any order.
        findings: the findings of the case.
        credentials: the credential tree, for the threads.
    """
    if not steps:
        return None
    steps = sorted(steps, key=lambda step: in_utc(step.time))
    moments = [time for step in steps for time in (step.time, step.until) if time]
    axis = scale(moments, _LEFT + 14, _RIGHT)
    lane_of = _lane_names(steps)
    minting = minting_events(credentials)
    lanes: dict[str, Lane] = {}
    base = float(_TOP)
    for name in dict.fromkeys(lane_of.values()):
        own = [step for step in steps if lane_of[step.source] == name]
        lanes[name] = _lane(name, own, axis, base, findings, minting)
        base = lanes[name].base
    bases = {source: lanes[name].base for source, name in lane_of.items()}
    return Timeline(
        height=base + 12,
        lanes=tuple(lanes.values()),
        ticks=axis.ticks(),
        cuts=axis.cuts,
        threads=_threads(steps, credentials, axis, bases),
        description=_describe(list(lanes.values())),
    )


def _lane_names(steps: Sequence[Step]) -> dict[str, str]:
    """Give each source its lane, in order of appearance; beyond the limit the rest share one."""
    sources = list(dict.fromkeys(step.source for step in steps))
    rest = sources[_LANES_AT_MOST:]
    return {
        source: plural(len(rest), "other source") if source in rest else source
        for source in sources
    }


def _lane(
    name: str,
    steps: Sequence[Step],
    axis: TimeScale,
    top: float,
    findings: Findings,
    minting: frozenset[str],
) -> Lane:
    """Place the marks of one lane, and make it as high as its flags need."""
    own_flags = flags(steps, axis, findings)
    minted = [step for step in steps if is_minting(step, minting)]
    rows = 1 + max((flag.row for flag in own_flags), default=-1)
    return Lane(
        source=name,
        label=shorten(visible(name), 18),
        base=top + 14 + _FLOOR + _ROW * rows,
        bars=bars(steps, axis, findings),
        rings=rings(minted, axis),
        flags=own_flags,
        acts=sum(step.count for step in steps),
        minted=sum(step.count for step in minted),
        findings=len(findings.of(id for step in steps for id in step.alerts)),
        first=steps[0].time,
        last=max((step.until or step.time for step in steps), key=in_utc),
    )


def _threads(
    steps: Sequence[Step],
    credentials: Sequence[CredentialNode],
    axis: TimeScale,
    bases: Mapping[str, float],
) -> tuple[Thread, ...]:
    """Connect each mint to the first use of its credential in each source, where both are drawn."""
    by_event = {id: step for step in reversed(steps) for id in (step.event_id, *step.event_ids)}
    first_uses = {(step.credential_id, step.source): step for step in reversed(steps)}
    threads: list[Thread] = []
    for node in credentials:
        minted = by_event.get(node.minted_by_event or "")
        if minted is None or node.credential.id is None:
            continue
        for (id, source), used in first_uses.items():
            if id == node.credential.id and used is not minted:
                start = axis.x(minted.time), bases[minted.source]
                path = _thread_path(*start, axis.x(used.time), bases[source])
                note = f"{kind(node.credential)} {short_id(node)}, first used in {source}"
                threads.append(Thread(path, node.link or "unknown", note))
    return tuple(thread for thread in threads if thread.path)[:_THREADS_AT_MOST]


def _thread_path(x1: float, y1: float, x2: float, y2: float) -> str:
    """From the rim of a ring on one ground line to an act on another, or further on the same."""
    if y1 == y2:
        return f"M{x1 + 8:.1f} {y1 - 9:.1f}H{x2:.1f}" if x2 - x1 > 20 else ""
    out, down = (y1 - 1, y2 - 9) if y2 > y1 else (y1 - 17, y2)
    return f"M{x1:.1f} {out:.1f}C{x1:.1f} {down:.1f} {x1:.1f} {down:.1f} {x2:.1f} {down:.1f}"


def _describe(lanes: Sequence[Lane]) -> str:
    """Say in words what the picture shows."""
    told = (
        f"{lane.source}: {plural(lane.acts, 'act')}, {plural(lane.findings, 'finding')}, "
        f"{plural(lane.minted, 'credential')} issued, {span(lane.first, lane.last)}"
        for lane in lanes
    )
    return ". ".join(told) + "."
