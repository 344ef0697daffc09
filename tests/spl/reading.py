"""How to read Splunk's documentation where it leaves something open.

A search is right only if it gives the same verdict under every reading.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reading:
    """One consistent set of answers to what the documentation does not say.

    Attributes:
        window_holds_edge: ``streamstats time_window=1h`` still holds an event exactly 1 h old.
        null_is_text: ``KV_MODE=json`` gives a JSON ``null`` as the text "null"; else no field.
        empty_is_text: it gives an empty JSON string as an empty value; else no field.
        unknown_is_false: an eval comparison with a missing field is false, so that NOT makes it
            true; else it is null, and so is its negation.
        ties_reversed: events of equal time arrive in reverse order; else as they were written.
        add_ons: Splunk's add-ons for the sources are installed on the search head, and write fields of
            their own.
        now_is_scheduled: ``now()`` of a scheduled search is the time for which it was scheduled; else
            when it was started.
    """

    window_holds_edge: bool
    null_is_text: bool
    empty_is_text: bool
    unknown_is_false: bool
    ties_reversed: bool
    now_is_scheduled: bool
    add_ons: bool


FIRST: Final = Reading(
    window_holds_edge=False,
    null_is_text=True,
    empty_is_text=True,
    unknown_is_false=False,
    ties_reversed=False,
    now_is_scheduled=False,
    add_ons=False,
)
SECOND: Final = Reading(
    window_holds_edge=True,
    null_is_text=False,
    empty_is_text=False,
    unknown_is_false=True,
    ties_reversed=True,
    now_is_scheduled=True,
    add_ons=True,
)
READINGS: Final = (FIRST, SECOND)
"""Opposite in every point."""
