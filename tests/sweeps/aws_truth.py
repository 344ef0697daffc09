"""What stands on the server, and whether a run that says it is done tells the truth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.sweeps.aws_desk import Desk
from tests.sweeps.aws_ground import Ground, Victim

Key = Literal["accepted", "off", "gone"]


@dataclass(frozen=True)
class World:
    """One victim, as the account's root sees him.

    Attributes:
        old: the stolen key.
        successors: other keys that are active.
        stored: whether the store's current value is a successor, and opens what it should.
        versions: values that were ever stored.
        session: whether the thief's session opens anything.
        policies: statements of each inline policy.
        trust: statements of the role's trust policy.
    """

    old: Key
    successors: int
    stored: bool
    versions: int
    session: bool
    policies: tuple[tuple[str, int], ...]
    trust: int


def world(ground: Ground, victim: Victim) -> World:
    """Look at a victim."""
    keys, id = ground.keys(victim.name), victim.key["AccessKeyId"]
    others = {one for one, active in keys.items() if active and one != id}
    held = ground.current(victim)
    policies = ground.policies(victim)
    return World(
        _key(ground, victim, keys), len(others),
        held is not None and held["AccessKeyId"] in others and ground.accepted(held),
        ground.versions(victim), ground.accepted(victim.session),
        tuple((name, len(policies[name]["Statement"])) for name in sorted(policies)),
        len(ground.trust(victim)) if victim.role else 0,
    )  # fmt: skip


def _key(ground: Ground, victim: Victim, keys: Mapping[str, bool]) -> Key:
    """Present the stolen key; what the list says must agree."""
    refusal, id = ground.refusal(victim.key), victim.key["AccessKeyId"]
    assert bool(refusal) is not keys.get(id, False), "the server disagrees with itself"
    if not refusal:
        return "accepted"
    assert "InvalidClientTokenId" in refusal
    return "off" if id in keys else "gone"


def lies(desk: Desk, sessions: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Compare what a run says with the world, and give what is not so.

    Args:
        desk: whose run says something.
        sessions: further ones that a thief opened.
    """
    if not desk.progress().outcome.endswith("verified"):
        return []
    ground, victim = desk.ground, desk.victim
    seen = world(ground, victim)
    alive = [one["AccessKeyId"] for one in sessions if ground.accepted(one)]
    wrong = {"the stolen session opens something": seen.session, f"alive: {alive}": bool(alive)}
    if not victim.role:
        wrong |= {
            "the stolen key is accepted": seen.old == "accepted",
            f"{seen.successors} successors": seen.successors != 1,
            "no successor that works is stored": not seen.stored,
        }
    return [what for what, so in wrong.items() if so]
