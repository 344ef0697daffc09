"""What of an alert is compared with its identity's habits (:mod:`rekey.habits`)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rekey.alert import Alert

_RUNNING: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{8,}|\d+", re.IGNORECASE
)
"""Parts of a name that run through by themselves: ids, digests, numbers."""

_OWNER: Final = re.compile(r"\S*[.:]\S* [^:/]+(?:[:/][^:/]+)?")
"""The beginning of a federated identity: its issuer, an address or an ARN, and whose the subject is, as in
``repo:<owner>/<name>:…``."""

_ACCOUNTS: Final = re.compile(r"(?:account \d+|everybody)(?:, (?:\d+|all))*")
"""A target that is an account, or several; their numbers do not run through by themselves."""

DIMENSIONS: Final = ("networks", "targets", "values", "owners")
_UNNAMED: Final = "unnamed"


@dataclass(frozen=True)
class Traits:
    """What an alert shows.

    Attributes:
        shown: dimension → what is compared of it.
        unnamed: how many targets it has beyond those that it names.
    """

    shown: Mapping[str, set[str]]
    unnamed: int = 0


@dataclass(frozen=True)
class Found:
    """An alert, and whose habit it may be.

    Attributes:
        identity: the identity that a first-seen or dormant rule watches, else the actor.
        learned: whether the alert's value is what was new.
    """

    alert: Alert
    identity: str | None
    learned: bool


def traits_of(found: Found) -> Traits:
    """Give what is compared of an alert.

    Of targets and values their shapes: what runs through by itself is taken out of them.
    """
    alert = found.alert
    values = {alert.value} if found.learned and alert.value else set()
    shown = {
        "networks": {origin.network for origin in alert.origins if origin.network},
        "targets": {_shape(target) for target in alert.targets},
        "values": {_shape(value) for value in values},
        "owners": {owner[0] for value in values if (owner := _OWNER.match(value))},
    }
    return Traits(shown, max(0, alert.targets_total - len(alert.targets)))


def _shape(text: str) -> str:
    return text if _ACCOUNTS.fullmatch(text) else _RUNNING.sub("*", text)


def days_of(alert: Alert) -> list[date]:
    """Give the days of an alert: on each it had events, which lie hours apart at most."""
    first, last = alert.first.date(), alert.last.date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def written(found: Found) -> Iterator[str]:
    """Write what is compared of an alert as values for the state file."""
    yield ""  # the day counts, even where the log says neither from where nor on what
    traits = traits_of(found)
    for name, values in traits.shown.items():
        yield from (f"{name} {value}" for value in sorted(values))
    if traits.unnamed:
        yield f"{_UNNAMED} {traits.unnamed}"


def read_back(values: Iterable[str]) -> Traits:
    """Read what :func:`written` wrote."""
    shown: dict[str, set[str]] = {name: set() for name in DIMENSIONS}
    unnamed = 0
    for value in values:
        name, _, text = value.partition(" ")
        if name in shown:
            shown[name].add(text)
        elif name == _UNNAMED:
            unnamed = max(unnamed, int(text))
    return Traits(shown, unnamed)
