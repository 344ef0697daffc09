"""What a site file leaves out and changes, in words: nobody should take its silence for quiet."""

from collections.abc import Iterator
from datetime import date

from rekey.site.model import Exclusion, Site, TimeLimited


def in_force(site: Site, day: date) -> Iterator[str]:
    """Say what holds on a day: exceptions, announcements, and rules that are other than shipped."""
    for entry in site.time_limited:
        if entry.holds(day):
            yield f"{_what(entry)} (owner: {entry.owner}; until {entry.expires})"
    for path, override in site.rules.items():
        if not override.enabled:
            yield f"{path} is switched off"
            continue
        changed = {"level": override.level} if override.level else {}
        told = ", ".join(f"{knob} {value}" for knob, value in (changed | override.knobs()).items())
        if told:
            yield f"{path} has {told}"


def ended(site: Site, day: date) -> Iterator[str]:
    """Say of entries that have ended that they leave out nothing any more."""
    for entry in site.expired(day):
        yield (
            f"the site's exception {entry.id} ended on {entry.expires}, before {day} (the end"
            f" of these logs): it excludes nothing any more (owner: {entry.owner})"
        )


def _what(entry: TimeLimited) -> str:
    if not isinstance(entry, Exclusion):
        return f"{entry.id}: announced, no news"
    fields = " and ".join(f"{name} {_values(value)}" for name, value in entry.fields.items())
    source = f"{entry.logsource.product}/{entry.logsource.service}"
    whom = f"all rules of {source}" if entry.rules == "all" else ", ".join(entry.rules)
    return f"{entry.id}: events with {fields} are left out for {whom}"


def _values(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
