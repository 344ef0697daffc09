"""How many people must approve: by what else would break, and by what nobody knows."""

from rekey.containment.settings import BlastSettings
from rekey.containment.target import BlastRadius
from rekey.report.words import plural


def approvers(
    radius: BlastRadius, settings: BlastSettings, *, irreversible: bool, shared: bool
) -> tuple[int, tuple[str, ...]]:
    """Give the number of approvers, 0 to 2, with every reason for it."""
    one, two, unknown = settings.one, settings.two, settings.unknown
    dependents = None if radius.dependents is None else len(radius.dependents)
    weighed = [
        _count("dependent", dependents, (one.dependents, two.dependents), unknown),
        _count("caller in 24 hours", radius.callers, (one.callers, two.callers), unknown),
        _flag("privileged", radius.privileged, unknown),
        _flag("production", radius.production, unknown),
        (settings.irreversible, "cannot be undone") if irreversible else (0, ""),
        (settings.shared, "shared, or not proven to be who acted") if shared else (0, ""),
    ]
    needed = max(number for number, _ in weighed)
    return needed, tuple(why for number, why in weighed if number and why)


def _count(
    what: str, number: int | None, thresholds: tuple[int, int], unknown: int
) -> tuple[int, str]:
    noun, _, rest = what.partition(" ")
    if number is None:
        return unknown, f"{noun}s{f' {rest}' if rest else ''}: unknown"
    needed = 2 if number >= thresholds[1] else 1 if number >= thresholds[0] else 0
    return needed, f"{plural(number, noun)} {rest}".rstrip()


def _flag(what: str, value: bool | None, unknown: int) -> tuple[int, str]:
    if value is None:
        return unknown, f"{what}: unknown"
    return (2, what) if value else (0, "")
