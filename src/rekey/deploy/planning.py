"""From a package, a place and a ledger to a plan."""

from collections.abc import Mapping
from typing import Final

from rekey.deploy.compare import Choices, compare
from rekey.deploy.interface import Body, Live, Target
from rekey.deploy.ledger import Record, Site
from rekey.deploy.plan import Change, Plan, Status
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
    known = wanted.keys() | site.records.keys()
    live = target.live(frozenset(known))
    names = {
        key: _name(key, wanted.get(key), live.get(key), site.records.get(key)) for key in known
    }
    copies = _copies(live, names)
    for key in live.keys() - names.keys() - copies.keys():
        names[key] = str(live[key].body.get("name") or _id(key))
    choices = Choices(_keys(overwrite, names), prune)
    changes = [
        compare(
            key, name, wanted.get(key), live.get(key), site.records.get(key), target.policy(key),
            choices,
        )
        for key, name in names.items()
    ]  # fmt: skip
    in_order = sorted([*changes, *copies.values()], key=lambda change: change.key)
    return Plan(target=target.name, place=target.place, changes=tuple(in_order))


def _copies(live: Mapping[str, Live], names: Mapping[str, str]) -> dict[str, Change]:
    """Find what bears our mark and the path of an object that is known under another id.

    Kibana's *Duplicate rule* gives the copy a new id and the original's tags.
    """
    paths = set(names.values())
    return {
        key: Change(
            key=key, name=str(there.body.get("name") or _id(key)), status=Status.COPY,
            note=f"made of {path}",
        )
        for key, there in live.items()
        if key not in names and (path := _path(there.body)) in paths
    }  # fmt: skip


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


def _name(key: str, wanted: Body | None, live: Live | None, record: Record | None) -> str:
    """Name an object as people know it: a rule by its path."""
    path = _path(wanted or (live.body if live else {}))
    return path or (record.name if record else _id(key))


def _path(body: Body) -> str | None:
    tags = (str(tag) for tag in body.get("tags", ()))
    return next((t.removeprefix(_PATH_TAG) for t in tags if t.startswith(_PATH_TAG)), None)


def _id(key: str) -> str:
    return key.partition(":")[2]
