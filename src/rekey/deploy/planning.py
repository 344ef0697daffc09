"""From a package, a place and a ledger to a plan."""

from collections.abc import Mapping
from typing import Final

from rekey.deploy.compare import Choices, compare
from rekey.deploy.interface import Body, Target
from rekey.deploy.ledger import Record, Site
from rekey.deploy.plan import Plan
from rekey.errors import RekeyError

_PATH_TAG: Final = "rekey rule: "


def make_plan(
    target: Target, wanted: Mapping[str, Body], site: Site,
    overwrite: frozenset[str] = frozenset(), *, prune: bool = False,
) -> Plan:  # fmt: skip
    """Compare all that is wanted, all that is live and ours, and all that was deployed.

    Args:
        target: where to.
        wanted: what the package holds.
        site: the ledger's records of that place.
        overwrite: names or keys of objects whose local edits give way.
        prune: remove what is ours and no longer in the package.

    Raises:
        RekeyError: ``overwrite`` names nothing known; or as :meth:`Target.live`.
    """
    live = target.live(frozenset(wanted.keys() | site.records.keys()))
    names = {}
    for key in sorted(wanted.keys() | site.records.keys() | live.keys()):
        record, there = site.records.get(key), live.get(key)
        names[key] = _name(key, wanted.get(key) or (there.body if there else {}), record)
    choices = Choices(_keys(overwrite, names), prune)
    changes = (
        compare(
            key, name, wanted.get(key), live.get(key), site.records.get(key), target.policy(key),
            choices,
        )
        for key, name in names.items()
    )  # fmt: skip
    return Plan(target=target.name, place=target.place, changes=tuple(changes))


def plan_back(target: Target, site: Site, overwrite: frozenset[str] = frozenset()) -> Plan:
    """Plan the way back from the last run: what it changed becomes what it was before.

    Raises:
        RekeyError: there is nothing to go back from; or as :meth:`Target.live`.
    """
    keys = [k for k, record in site.records.items() if record.run == site.last_run != ""]
    if not keys:
        raise RekeyError(
            "there is no run to go back from", hint="The ledger knows of none at this place."
        )
    live = target.live(frozenset(keys))
    names = {key: site.records[key].name for key in sorted(keys)}
    allowed = _keys(overwrite, names)
    changes = []
    for key, name in names.items():
        # What the last run removed is made again without being asked for.
        choices = Choices(allowed if key in live else frozenset({key}), prune=True)
        record = site.records[key]
        changes.append(
            compare(key, name, record.previous, live.get(key), record, target.policy(key), choices)
        )
    return Plan(target=target.name, place=target.place, changes=tuple(changes))


def _keys(named: frozenset[str], names: Mapping[str, str]) -> frozenset[str]:
    """Find the keys of objects that the user named."""
    keys = {key for key, name in names.items() if name in named or key in named}
    if unknown := named - keys - {names[key] for key in keys}:
        raise RekeyError(f"--overwrite names what is not there: {', '.join(sorted(unknown))}")
    return frozenset(keys)


def _name(key: str, body: Body, record: Record | None) -> str:
    """Name an object as people know it: a rule by its path."""
    tags = [str(tag) for tag in body.get("tags", ()) if str(tag).startswith(_PATH_TAG)]
    if tags:
        return tags[0].removeprefix(_PATH_TAG)
    return record.name if record else key.partition(":")[2]
