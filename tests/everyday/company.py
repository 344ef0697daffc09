"""All of it at once, written into a folder: three weeks to learn from, and the last one."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.everyday.components import COMPONENTS
from tests.everyday.world import LAST_WEEK
from tests.everyday.write import write


@dataclass(frozen=True)
class Everyday:
    """The logs of the weeks: where they lie, and how many identities act in each source."""

    first_weeks: Path
    last_week: Path
    identities: dict[str, int]
    """Source → identities. One that two sources know counts in both."""


def live(folder: Path) -> Everyday:
    """Live through the weeks, component by component; the same every time."""
    first, last = folder / "first-weeks", folder / "last-week"
    identities: Counter[str] = Counter()
    for component in COMPONENTS:
        entries = component.live()
        sources = write(component.name, (e for e in entries if e.time < LAST_WEEK), first)
        sources |= write(component.name, (e for e in entries if e.time >= LAST_WEEK), last)
        identities.update(dict.fromkeys(sources, component.identities))
    return Everyday(first, last, dict(identities))
