"""The thief, or who helps him, acts on the server at each change of a run: no run says more than is true.

He acts just before the server sees the change, and just before its answer goes out. What he does
after a run has looked last is for the detections to find: no deed comes later than the last change.
``make sweep`` leaves out nothing; usually some of the moments of every second deed are tried.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Literal

import pytest
from botocore.exceptions import ClientError
from httpx import HTTPStatusError

from tests.faults.faults import Act
from tests.rounds import some
from tests.sweeps.aws import scenes as aws
from tests.sweeps.aws.victim import AwsVictim
from tests.sweeps.bench import Bench, Spot, cases, side_by_side, spots
from tests.sweeps.ground import Scene, Victim
from tests.sweeps.kubernetes import scenes as kubernetes
from tests.sweeps.kubernetes.victim import ACCOUNT, KubernetesVictim
from tests.sweeps.vault import scenes as vault
from tests.sweeps.vault.victim import VaultVictim

Gain = Callable[[], bool]
"""Says whether what was got by a deed opens something now."""
Deed = Callable[[Any], Gain]


def nothing() -> bool:
    return False


def opens_a_session_anew(victim: AwsVictim) -> Gain:
    got = victim.ground.steal(victim.key, victim.role)
    return lambda: victim.accepted(got)


def opens_one_of_another_name(victim: AwsVictim) -> Gain:
    """No cut by name reaches it: the run may say that exposure remains, and no more."""
    got = victim.ground.steal(victim.key, victim.role, "nobody-knows")
    return lambda: victim.accepted(got)


def makes_another_key(victim: AwsVictim) -> Gain:
    made = victim.ground.root.create_access_key(UserName=victim.name)["AccessKey"]
    return lambda: victim.accepted(made)


def switches_the_key_on(victim: AwsVictim) -> Gain:
    key = victim.key["AccessKeyId"]
    victim.ground.root.update_access_key(UserName=victim.name, AccessKeyId=key, Status="Active")
    return nothing  # whether the key opens something is asked anyway


def takes_the_deny_away(victim: AwsVictim) -> Gain:
    kind, given = ("role", "RoleName") if victim.role else ("user", "UserName")
    remove = getattr(victim.ground.root, f"delete_{kind}_policy")
    for name in victim.policies():
        if name.startswith("rekey-"):
            remove(PolicyName=name, **{given: victim.name})
    return nothing


def opens_the_trust_again(victim: AwsVictim) -> Gain:
    """And lets in somebody else besides."""
    ally = victim.ground.root.create_user(UserName=f"ally-{victim.name}")["User"]["Arn"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                       "Principal": {"AWS": [victim.user, ally]}}],
    }  # fmt: skip
    victim.ground.trusts(victim.name, trust)
    return opens_a_session_anew(victim)


def logs_in_anew(victim: VaultVictim) -> Gain:
    token = victim.logs_in(victim.secret_id)["client_token"]
    return lambda: victim.ground.works(token)


def makes_a_child(victim: VaultVictim) -> Gain:
    token = victim.ground.make(victim.stolen["client_token"], ttl="1h")["client_token"]
    return lambda: victim.ground.works(token)


def draws_another_secret_id(victim: VaultVictim) -> Gain:
    drawn = victim.ground.data("POST", f"{victim.role}/secret-id")["secret_id"]
    return lambda: victim.opens(drawn)


def enables_the_entity(victim: VaultVictim) -> Gain:
    victim.ground.data("POST", f"identity/entity/id/{victim.entity}", disabled=False)
    return nothing


def gets_another_token(victim: KubernetesVictim) -> Gain:
    """Of the account, bound to what the stolen one is bound to, as whoever may ask for tokens."""
    token = victim.ground.mint(victim.name, ACCOUNT, victim.holder)
    return lambda: not victim.ground.forgets(token)


def binds_the_role_again(victim: KubernetesVictim) -> Gain:
    victim.ground.bind("again", "Role", "reader", [victim.subject], victim.name)
    return lambda: not victim.ground.forgets(victim.stolen)


DEEDS: Final[Sequence[tuple[Scene, Deed]]] = [
    *((aws.KEY, deed) for deed in (
        opens_a_session_anew, makes_another_key, switches_the_key_on, takes_the_deny_away)),
    *((aws.ROLE, deed) for deed in (
        opens_a_session_anew, takes_the_deny_away, opens_the_trust_again)),
    *((aws.SESSION, deed) for deed in (opens_one_of_another_name, takes_the_deny_away)),
    (aws.BELOW, takes_the_deny_away),
    *((vault.APPROLE, deed) for deed in (logs_in_anew, makes_a_child, draws_another_secret_id)),
    *((vault.ENTITY, deed) for deed in (logs_in_anew, enables_the_entity)),
    *((kubernetes.BOUND, deed) for deed in (gets_another_token, binds_the_role_again)),
]  # fmt: skip

Moment = tuple[Spot, Literal["before", "after"]]
_MOMENTS: Final = 3
"""Of how many moments one is tried."""


class Named:
    """A deed that says its name in the list of cases."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed

    def __str__(self) -> str:
        return str(getattr(self.deed, "__name__", self.deed))


PAIRS: Final = [(scene, Named(deed)) for scene, deed in DEEDS]


@pytest.mark.parametrize("pairs", cases(some(PAIRS, 2, "deeds")))
def test_at_each_change(
    pairs: Sequence[tuple[Scene, Named]], open_bench: Callable[[str], Bench]
) -> None:
    side_by_side(lambda pair: interferes(*pair, open_bench(pair[0].provider)), pairs, len(pairs))


def interferes(scene: Scene, named: Named, bench: Bench) -> None:
    """Do a deed at each moment, with a victim of its own."""
    with bench.incident(scene.victim, scene.order) as whole:
        assert whole.run().code == scene.code("run")
        changes = [one for one in spots(whole) if not one.reads]
    moments: list[Moment] = [(one, when) for one in changes for when in ("before", "after")]

    def acts(moment: Moment, victim: Victim) -> None:
        spot, when = moment
        gains: list[Gain] = []

        def deed() -> None:
            with suppress(ClientError, HTTPStatusError):  # he may come too late
                gains.append(named.deed(victim))

        with bench.desk(victim, scene.order) as desk:
            desk.proxy.plan(Act(deed, when), at=spot.where(bench.ground))
            ended = desk.run()
            where = f"{named} {when} {spot}: {ended.said}"
            assert ended.code in (scene.code("run"), 5, 6), where
            assert desk.lies() == [], where
            won = any(gain() for gain in gains)
            assert not (won and "verified" in desk.progress().outcome), where

    number = bench.each(acts, some(moments, _MOMENTS, f"{scene} {named}"), scene.victim)
    print(f"{number} moments of {named}: {scene}")  # noqa: T201
