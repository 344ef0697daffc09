"""When documents reach Elasticsearch: a run sees what has come by then, and nothing else.

How late events come is not in a fixture. So each document is given several arrivals, under one name
each, and a rule has to come to its verdict under every one of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

Lateness = Literal["prompt", "late", "odd_late", "even_late"]
"""All at once, all late, or every second event late: those come after events that happened later."""

LATENESS: Final[tuple[Lateness, ...]] = ("prompt", "late", "odd_late", "even_late")

PROMPT: Final = timedelta(minutes=1)
"""From an event to its arrival where nothing holds it up."""

FIELD: Final = "rekey_arrival"
"""Object of a test's documents that holds the arrivals, by lateness."""

CLOCK: Final = "event.ingested"
"""Where Elastic's integrations say when a document came; a rule that goes by it goes by ours."""


def arrivals(times: Sequence[datetime], late: timedelta) -> list[Mapping[Lateness, datetime]]:
    """Give the arrivals of events, in the order of the given times.

    Args:
        times: when the events happened.
        late: how much later a late one comes.
    """
    in_order = {
        place: number
        for number, place in enumerate(sorted(range(len(times)), key=times.__getitem__))
    }
    return [_of(time, in_order[place] % 2 == 1, late) for place, time in enumerate(times)]


def _of(time: datetime, odd: bool, late: timedelta) -> Mapping[Lateness, datetime]:
    prompt, later = time + PROMPT, time + max(late, PROMPT)
    return {
        "prompt": prompt,
        "late": later,
        "odd_late": later if odd else prompt,
        "even_late": prompt if odd else later,
    }
