"""What suspect credentials did with success, and what else changed who may do what.

Every write by a suspect, and by what it minted in turn, is something to be explained. Of everybody
else only those calls are looked at that open a way back: they are let pass where CloudTrail names
another principal than a suspect as their caller.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rekey.containment.survey import Finding
from rekey.providers.aws.client import Aws
from rekey.providers.aws.trail import Event, History, events, everywhere, home_region

KEYS: Final = ("AKIA", "ASIA")

OPENING: Final = (
    "AddClientIDToOpenIDConnectProvider", "AddUserToGroup", "AttachGroupPolicy",
    "AttachRolePolicy", "AttachUserPolicy", "CreateAccessKey", "CreateGroup", "CreateLoginProfile",
    "CreateOpenIDConnectProvider", "CreatePolicy", "CreatePolicyVersion", "CreateRole",
    "CreateSAMLProvider", "CreateServiceSpecificCredential", "CreateUser", "DeactivateMFADevice",
    "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy", "DetachRolePolicy", "DetachUserPolicy", "EnableMFADevice",
    "PutGroupPolicy", "PutRolePermissionsBoundary", "PutRolePolicy", "PutUserPermissionsBoundary",
    "PutUserPolicy", "ResetServiceSpecificCredential", "SetDefaultPolicyVersion",
    "UpdateAccessKey", "UpdateAssumeRolePolicy", "UpdateLoginProfile",
    "UpdateOpenIDConnectProviderThumbprint", "UpdateSAMLProvider", "UploadSSHPublicKey",
    "UploadSigningCertificate",
)  # fmt: skip
"""Calls of IAM that give somebody a credential, a right or trust, or take a denial away.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

LETTING_IN: Final = (
    "AssociateAccessPolicy", "CreateAccessEntry", "CreatePodIdentityAssociation", "CreateProfile",
    "CreateTrustAnchor", "EnableProfile", "EnableTrustAnchor", "UpdateAccessEntry",
    "UpdatePodIdentityAssociation", "UpdateProfile", "UpdateTrustAnchor",
)  # fmt: skip
"""Calls of EKS and Roles Anywhere that let somebody in; logged in their own region."""

_MOST: Final = 100
"""Credentials that are followed."""

_SHOWN: Final = 3


@dataclass
class Deeds:
    """What was read from CloudTrail.

    Attributes:
        suspects: ids of keys: those of the plan, and what they minted.
        by_suspects: their events, reads among them.
        by_all: events of :data:`OPENING`, by anybody.
        not_asked: what could not be read whole.
    """

    suspects: set[str] = field(default_factory=set)
    by_suspects: dict[str, Event] = field(default_factory=dict)
    by_all: dict[str, Event] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)

    def takes(self, found: History, into: dict[str, Event], what: str) -> None:
        """Keep what was found; note if there was more."""
        into |= {one.id: one for one in found.events}
        if found.more:
            self.not_asked.append(f"CloudTrail: more {what} than were read")


def deeds(
    aws: Aws, regions: Sequence[str], keys: Iterable[str], subjects: Iterable[str], since: datetime
) -> Deeds:
    """Follow suspects through CloudTrail.

    Args:
        aws: the account.
        regions: where to ask.
        keys: ids of suspect keys.
        subjects: of identity tokens with which sessions were opened.
        since: begin of the abuse.

    Raises:
        ProviderError: CloudTrail cannot be asked.
    """
    found = Deeds()
    for subject in subjects:
        opened = everywhere(aws, regions, "Username", subject, since)
        found.takes(opened, found.by_suspects, f"events of {subject}")
    waiting = [*keys, *(one.minted for one in found.by_suspects.values() if one.minted)]
    while waiting and len(found.suspects) < _MOST:
        key = waiting.pop(0)
        if key in found.suspects:
            continue
        found.suspects.add(key)
        did = everywhere(aws, regions, "AccessKeyId", key, since)
        found.takes(did, found.by_suspects, f"events of {key}")
        waiting += [one.minted for one in did.events if one.minted and not one.error]
    if waiting:
        found.not_asked.append(f"what {len(waiting)} further credentials of the thief did")
    home = aws.at(home_region(aws.partition))
    for name in OPENING:
        found.takes(events(home, "EventName", name, since), found.by_all, f"events {name}")
    return found


def look_in(found: Deeds, aws: Aws, since: datetime) -> None:
    """Add who let somebody in from outside IAM, in the region of ``aws``."""
    for name in LETTING_IN:
        found.takes(events(aws, "EventName", name, since), found.by_all, f"events {name}")


def findings(found: Deeds, principals: Collection[str], cutoff: datetime | None) -> list[Finding]:
    """Give what must be explained.

    Args:
        found: what CloudTrail tells.
        principals: ARNs of suspect users and roles.
        cutoff: sessions that were opened later than this are not ended by the plan.
    """
    done = [one for one in found.by_suspects.values() if not one.error]
    done += [one for one in found.by_all.values()
             if not one.error and one.id not in found.by_suspects
             and (one.principal in principals or not (one.principal or one.invoked_by))]  # fmt: skip
    grouped: dict[str, list[tuple[Event, Finding]]] = {}
    for event in sorted(done, key=lambda one: one.time):
        if (said := _finding(event, cutoff)) is not None:
            grouped.setdefault(said.id, []).append((event, said))
    return [_folded([one for _, one in same]) for same in grouped.values()]


def told(found: Deeds, names: Collection[str]) -> bool:
    """Say whether CloudTrail shows who made or changed something.

    What a suspect did, or somebody without a name, is among :func:`findings`; the rest is honest.
    """
    return any(
        set(names) & _short(one.about) and not one.reads and not one.error
        for one in (*found.by_all.values(), *found.by_suspects.values())
    )


def _short(names: Iterable[str]) -> frozenset[str]:
    """Give names and ARNs, and the names in ARNs."""
    return frozenset(part for one in names for part in (one, one.rpartition("/")[2]))


def _finding(event: Event, cutoff: datetime | None) -> Finding | None:
    by = (
        f"{event.key or event.subject or event.principal or 'somebody unnamed'} from {event.source}"
    )
    if event.minted:
        return Finding(event.minted, _issued(event), by, _ended_with(event, cutoff))
    if event.reads:
        return None
    about = ", ".join(event.about[:_SHOWN])
    if not about:
        return Finding(f"{event.name}@{event.source}", f"{event.service}:{event.name}", by)
    return Finding(f"{event.name}:{event.about[0]}", f"{event.service}:{event.name} on {about}", by)


def _issued(event: Event) -> str:
    if event.name == "CreateAccessKey":
        owner = next((one for one in event.about if one != event.minted), "its user")
        return f"access key of {owner}"
    role = _role(event)
    return f"session of {role}" if role else f"session of {event.principal} ({event.name})"


def _ended_with(event: Event, cutoff: datetime | None) -> frozenset[str]:
    """Give what the plan must contain so that the credential is ended with it.

    Sessions of a role end with the role's, sessions of a user with those of the key that opened them.
    """
    if event.name == "CreateAccessKey":
        return frozenset({event.minted})
    if cutoff is not None and event.time >= cutoff:
        return frozenset()
    return frozenset({_role(event) or event.key or event.minted})


def _role(event: Event) -> str | None:
    return next((one for one in event.about if ":role/" in one), None)


def _folded(same: Sequence[Finding]) -> Finding:
    last = same[-1]
    if len(same) == 1:
        return last
    return Finding(last.id, f"{last.what} ({len(same)} times)", last.by, last.ids)


def keys_in(names: Iterable[str]) -> Iterator[str]:
    """Give the ids of keys among names."""
    return (one for one in sorted(names) if one.startswith(KEYS))
