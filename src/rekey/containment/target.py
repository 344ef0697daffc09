"""Whom it is about: connections, what a case asks for, what was found, and what hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rekey.containment.errors import Ambiguous

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


Facts = Mapping[str, Json]
"""Plain data for the plan and the journal; no secrets, times as ISO 8601 text."""


@dataclass(frozen=True)
class Connection:
    """Where we are connected, and as whom. Asked again before every effect.

    Attributes:
        provider: as :attr:`Provider.name`.
        scope: what the account guard compares with the case: AWS account id, uid of the namespace
            ``kube-system``, Vault cluster id.
        scope_names: other names under which a case may know the same scope, such as a cluster name.
        principal: canonical id of the identity that we act as.
        identities: everything that we are: principal, ids behind it, the chain of roles or the
            parent tokens, the credential in use. Compared with :meth:`Target.names`.
        depends_on: what we need to go on working, each with its reason, such as the store that
            secrets go to. Acting on one of these is refused like acting on ourselves.
        endpoints: the API endpoints that proofs must cover where caches are per node.
        clock: the time by the provider's own clock when it answered (``Date``), where it says so;
            what is cut by age is dated by it.
    """

    provider: str
    scope: str
    principal: str
    identities: frozenset[str]
    scope_names: frozenset[str] = frozenset()
    depends_on: Mapping[str, str] = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    clock: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """A credential or identity as a case knows it; see :class:`rekey.case.CredentialNode`.

    Attributes:
        kind: as the log source names it: ``aws_access_key``, ``aws_session_key``, ``k8s_token``,
            ``vault_service_token``, …; the provider refines it (:attr:`Target.kind`).
        id: as the log names it; in Vault's log the HMAC of an accessor, in Kubernetes ``JTI=…``.
        actor: canonical id of the identity that used it, where one did.
        account: account, cluster or namespace of that identity, as logged.
        parent: id of the credential from which it was minted, where that is proven or derived.
        targets: what it acted on, as logged: roles assumed, accounts changed.
        playbooks: what a person prefers, then what the rules that fired ask for, the nearest first. Where an answer is
            possible at several places (the token, its AppRole, its entity), the provider gives the
            target that the first of them is about.
    """

    kind: str
    id: str
    actor: str | None = None
    account: str | None = None
    parent: str | None = None
    issuer: str | None = None
    bound_to: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    targets: tuple[str, ...] = ()
    playbooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """Something that a suspect credential did with success, as the case's timeline shows it.

    Attributes:
        time: of the first of equal acts.
        action: as the log names it: ``CreateAccessKey``, ``create pods``, ….
        target: what it was done to, as logged.
        credential: id of the credential that did it.
        actor: canonical id of the identity that did it.
        minted: ids of credentials of the case that it issued.
        event: id of the event.
    """

    time: datetime
    action: str
    target: str | None
    credential: str
    actor: str | None
    minted: tuple[str, ...]
    event: str


@dataclass(frozen=True)
class Party:
    """An identity besides the target's own that effects on the target hit as well.

    Attributes:
        identity: its canonical id.
        why: how it is hit, in words: "the role is closed to it".
        aliases: further names, for the guards.
    """

    identity: str
    why: str
    aliases: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """Give every name under which a guard may know it."""
        return self.aliases | {self.identity}


@dataclass(frozen=True)
class Target:
    """One credential or identity, found at the provider. Part of the plan and of its digest.

    Credentials that the same effect ends are one target: all sessions of a role have the role as
    their ``id``, so that the plan holds each effect once.

    A plan is a file that whoever asks could have written. So nothing in it is believed: before
    each effect :meth:`Provider.resolve` finds the target again, from ``kind``, ``id`` and
    ``given`` alone, and the run goes on only if the answer is equal to what the plan says, in
    every attribute. Two things follow for providers. Whatever an action reads from a target must
    come out of ``resolve`` again; and what changes by itself (uses left, times of last use) has no
    place here.

    Attributes:
        kind: the refined kind, by which a playbook's automation is chosen: ``aws_access_key``,
            ``aws_role_session``, ``aws_user_session``, ``kubernetes_bound_token``,
            ``kubernetes_unbound_token``, ``kubernetes_legacy_token``, ``vault_service_token``,
            ``vault_batch_token``, ``vault_approle``, ``vault_entity``.
        id: the provider's own id; never a secret (a Vault accessor can revoke, so give its HMAC
            here and look the accessor up again in the action). Something that is made anew under
            the same name is another target: let its id, or an alias, tell the two apart (uid,
            ``RoleId``).
        identity: canonical id of the identity that owns it: ARN, ``system:serviceaccount:ns:name``,
            entity id.
        aliases: further ids and names of the same identity and credential, for the guards: unique
            ids, display names, alias names, tags as ``tag:key=value``, the role behind it. People
            write break-glass lists by the names that they know.
        given: what only the case knows and ``id`` does not tell, as plain ids: the key with which
            a role was assumed. Everything that follows from it is found again by ``resolve``. Of
            several credentials that lead here it is :func:`joined`: what each of them has of its own
            is a list, and what is true where it is so of any one is a truth value.
        parties: everybody else whom some effect on this target hits. Guards look at all of them as
            they look at ``identity``.
        facts: what the actions need and a reader should see: user name, role, namespace, uid.
    """

    provider: str
    scope: str
    kind: str
    id: str
    identity: str
    aliases: frozenset[str] = frozenset()
    facts: Facts = field(default_factory=dict)
    given: Facts = field(default_factory=dict)
    parties: tuple[Party, ...] = ()

    def names(self) -> frozenset[str]:
        """Give every name under which a guard may know it."""
        return self.aliases | {self.id, self.identity}

    def hit(self) -> Mapping[str, frozenset[str]]:
        """Give all names of everybody whom an effect on it hits, by what a message says."""
        others = {f"{one.identity} ({one.why})": one.names() for one in self.parties}
        return {self.identity: self.names()} | others


def joined(one: Facts, other: Facts) -> Facts:
    """Join what a case tells of one target through two credentials: :attr:`Target.given`.

    Raises:
        Ambiguous: something that can only be one is told in two ways.
    """
    found = dict(other)
    for name, value in one.items():
        more = found.get(name, value)
        if isinstance(value, list) and isinstance(more, list):
            found[name] = [*value, *(each for each in more if each not in value)]
        elif isinstance(value, bool) and isinstance(more, bool):
            found[name] = value or more
        elif value == more:
            found[name] = value
        else:
            raise Ambiguous(f"{name} is {value} by one credential of the case, {more} by another")
    return found


@dataclass(frozen=True)
class BlastRadius:
    """What else breaks, for the target and its parties.

    ``None`` means that nobody could say, and counts as the worst.

    Attributes:
        dependents: workloads that use the credential or identity, by name.
        callers: distinct callers within the last 24 hours.
        privileged: holds rights over identities or over everything.
        production: carries the site's production tag.
        notes: what limits these figures, in words.
    """

    dependents: tuple[str, ...] | None
    callers: int | None
    privileged: bool | None
    production: bool | None
    notes: tuple[str, ...] = ()
