"""From a package, a place and a ledger to a plan."""

from collections.abc import Mapping

from rekey.deploy.compare import Choices, compare
from rekey.deploy.interface import Body, Target
from rekey.deploy.ledger import Site
from rekey.deploy.plan import Change, Plan
from rekey.errors import RekeyError


def make_plan(target: Target, wanted: Mapping[str, Body], site: Site, choices: Choices) -> Plan:
    """Compare all that is wanted, all that is live and ours, and all that was deployed.

    Raises:
        RekeyError: ``choices.overwrite`` names nothing known; or as :meth:`Target.live`.
    """
    live = target.live(frozenset(wanted.keys() | site.records.keys()))
    keys = sorted(wanted.keys() | site.records.keys() | live.keys())
    if unknown := choices.overwrite - set(keys):
        raise RekeyError(f"--overwrite names what is not there: {', '.join(sorted(unknown))}")
    changes = []
    for key in keys:
        record, there = site.records.get(key), live.get(key)
        name = _name(key, wanted.get(key) or (there.body if there else {}), record and record.name)
        changes.append(
            compare(key, name, wanted.get(key), there, record, target.policy(key), choices)
        )
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
    choices = Choices(overwrite, prune=True)
    changes: list[Change] = []
    for key in sorted(keys):
        record = site.records[key]
        changes.append(
            compare(
                key, record.name, record.previous, live.get(key), record, target.policy(key),
                choices if key in live else Choices(frozenset({key})),
            )
        )  # fmt: skip
    return Plan(target=target.name, place=target.place, changes=tuple(changes))


def _name(key: str, body: Body, known: str | None) -> str:
    """Name an object as people know it: a rule by its path."""
    mark = "rekey rule: "
    tags = [str(tag) for tag in body.get("tags", ()) if str(tag).startswith(mark)]
    return tags[0].removeprefix(mark) if tags else known or key.partition(":")[2]
