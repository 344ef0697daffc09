"""One Vault or OpenBao as a provider."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Ambiguous, Gone, NotFound, ProviderError, SelfUnknown
from rekey.containment.interface import Action
from rekey.containment.survey import Finding
from rekey.containment.target import Act, BlastRadius, Connection, Facts, Target, Wanted
from rekey.errors import RekeyError
from rekey.providers.answer import Answer
from rekey.providers.vault.approle_actions import approle_actions
from rekey.providers.vault.client import Vault
from rekey.providers.vault.deeds import deed
from rekey.providers.vault.entity_actions import entity_actions
from rekey.providers.vault.settings import VaultOptions
from rekey.providers.vault.token_actions import token_actions
from rekey.providers.vault.tokens import Token, Tokens

_POWERFUL: Final = re.compile(r'"sudo"|path\s+"(\*|\+|sys/|auth/|identity/)')
"""In the text of a policy: rights over everything, or over who may do what."""


class VaultProvider:
    """See :class:`rekey.containment.interface.Provider`."""

    name = "vault"

    def __init__(self, vault: Vault, options: VaultOptions) -> None:
        self._vault, self._options = vault, options
        self._tokens: Tokens | None = None
        self._actions: tuple[Action, ...] = ()

    @property
    def tokens(self) -> Tokens:
        """The live tokens, known by the audit device of the case.

        Raises:
            RekeyError: it cannot be told which device that is.
        """
        if self._tokens is None:
            self._tokens = Tokens(self._vault, self._device())
        return self._tokens

    def _device(self) -> str:
        if self._options.audit_device:
            return self._options.audit_device.strip("/")
        devices = [path.strip("/") for path in self._vault.read("sys/audit") or {}]
        if len(devices) != 1:
            raise RekeyError(
                f"{self._vault.address} has {len(devices)} audit devices, and the log tells "
                "tokens apart within one only",
                hint="Name the one whose log was read: options.audit_device.",
            )
        return devices[0]

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every node that proofs must cover."""
        return self._options.endpoints or (self._vault.address,)

    def connection(self) -> Connection:
        """Ask Vault who and where we are.

        Raises:
            SelfUnknown: the token has a parent that Vault does not name.
        """
        try:
            own = Token.of(self._vault.read("auth/token/lookup-self") or {})
            health = self._vault.read("sys/health") or Answer({}, "read sys/health", SelfUnknown)
            cluster = health.get("cluster_id")
            clock = datetime.fromtimestamp(health["server_time_utc"], UTC)
            own_hash = self.tokens.hashed(own.accessor) if own.accessor else ""
        except (ProviderError, KeyError) as error:
            raise SelfUnknown(f"Vault does not say who we are: {error}") from error
        if not cluster:
            raise SelfUnknown("Vault does not say which cluster it is")
        if not own.orphan:
            raise SelfUnknown(
                "the token that rekey uses is the child of another, which Vault does not name: "
                "revoking that one would end it",
                hint="Log in with an auth method, or make the token with -orphan.",
            )
        names = {own_hash, f"token/{own_hash}", own.entity, own.role or ""} - {"", "token/"}
        return Connection(
            self.name, str(cluster), own.entity or f"token/{own_hash}", frozenset(names),
            frozenset(self._options.names), endpoints=self.endpoints, clock=clock,
        )  # fmt: skip

    def locate(self, wanted: Wanted) -> Target:
        """Find a token by the HMAC of its accessor, or the entity of one without an accessor.

        Raises:
            NotFound: no live token or entity. Ambiguous: an entity with several AppRoles.
        """
        if wanted.kind == "vault_entity":
            return self.resolve("vault_entity", wanted.id, {})
        if wanted.kind == "vault_batch_token":
            if not wanted.actor or "/" in wanted.actor:
                raise NotFound("a batch token without an entity: take its policy away by hand")
            return self.resolve("vault_batch_token", wanted.actor, {})
        hmac = self.tokens.hashed(wanted.id)
        token = self._live(hmac)
        if token.role and next(iter(wanted.playbooks), None) == "vault_approle":
            given: Facts = {
                "policies": list(token.policies),
                "makes_orphans": self.tokens.makes_orphans(token),
            }
            return self.resolve("vault_approle", token.role, given)
        return self._token(self.connection().scope, hmac, token)

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        """Find a token, a role or an entity again.

        Raises:
            Gone: the token is dead. NotFound, Ambiguous: as :meth:`locate`.
        """
        scope = self.connection().scope
        if kind in ("vault_entity", "vault_batch_token"):
            return self._entity(scope, kind, id)
        if kind == "vault_approle":
            return self._approle(scope, id, given)
        return self._token(scope, id, self._live(id))

    def _live(self, hmac: str) -> Token:
        token = self.tokens.find(hmac)
        if token is None:
            raise Gone(f"no live token has the accessor {hmac}: it was revoked or expired")
        return token

    def _token(self, scope: str, hmac: str, token: Token) -> Target:
        facts = token.facts() | {
            "salt": self.tokens.salt(), "makes_orphans": self.tokens.makes_orphans(token),
            "role_id": self._role_id(token.role) if token.role else None,
        }  # fmt: skip
        names = {token.display_name, token.role or ""} | self._names(token.entity)
        return Target(
            self.name, scope, "vault_service_token", hmac, token.entity or f"token/{hmac}",
            frozenset(names - {""}), facts,
        )  # fmt: skip

    def _approle(self, scope: str, role: str, given: Facts) -> Target:
        role_id, settings = self._role_id(role), self._vault.read(role)
        if role_id is None or settings is None:
            raise NotFound(f"there is no {role} any more; tokens of earlier logins may live on")
        entity = self._entity_of(role)
        facts = {
            "role": role, "entity": entity, **given, "role_id": role_id,
            "bind_secret_id": bool(settings.get("bind_secret_id", True)),
        }  # fmt: skip
        names = frozenset(self._names(entity) | {role.rpartition("/")[2]})
        return Target(self.name, scope, "vault_approle", role, entity or role, names, facts, given)

    def _entity_of(self, role: str) -> str:
        """Give the entity that logs in by a role, empty if nobody has yet; its alias is the role's id."""
        method = role.partition("/role/")[0].removeprefix("auth/")
        mounts, found = self._vault.read("sys/auth"), self._vault.read(f"{role}/role-id")
        mount = mounts.get(f"{method}/") if mounts else None
        if not mount or not found:
            return ""
        entity = self._vault.ask(
            "identity/lookup/entity", alias_name=found["role_id"],
            alias_mount_accessor=mount["accessor"],
        )  # fmt: skip
        return str(entity.get("id") or "")

    def _names(self, entity: str) -> set[str]:
        """Give the names by which people know an entity: its own, and those of its aliases."""
        found = self._vault.read(f"identity/entity/id/{entity}") if entity else None
        return _names_of(found) if found else set()

    def _role_id(self, role: str) -> str | None:
        """Stand for the id of an AppRole, which is half of a login."""
        found = self._vault.read(f"{role}/role-id")
        return sha256(str(found["role_id"]).encode()).hexdigest() if found else None

    def trace(self, act: Act) -> Finding | None:
        """Take every act for something left behind that does not only read."""
        return deed(act)

    def _entity(self, scope: str, kind: str, id: str) -> Target:
        entity = self._vault.read(f"identity/entity/id/{id}")
        if entity is None:
            raise NotFound(f"there is no entity {id}")
        roles = [
            role for alias in entity.get("aliases") or ()
            if (role := (alias.get("metadata") or {}).get("role_name"))
        ]  # fmt: skip
        if len(set(roles)) > 1:
            raise Ambiguous(f"the entity {id} logs in by several AppRoles: {', '.join(roles)}")
        held = list(entity.get("policies") or ())
        facts = {"entity": id, "name": str(entity.get("name")), "policies": held}
        return Target(self.name, scope, kind, id, id, frozenset(_names_of(entity)), facts)

    def actions(self) -> Sequence[Action]:
        """Give all actions."""
        if not self._actions:
            given = (self._vault, self.tokens, self.endpoints)
            self._actions = (
                *token_actions(*given),
                *approle_actions(*given, self._options.dependents),
                *entity_actions(*given, self._options.audit_log),
            )
        return self._actions

    def blast_radius(self, target: Target) -> BlastRadius:
        """Weigh what else breaks; Vault keeps no record of callers outside its audit log."""
        declared, notes = self._options, []
        callers = None
        if target.kind in ("vault_approle", "vault_entity", "vault_batch_token"):
            callers = sum(self._belongs(token, target) for token in self.tokens.all())
            notes.append("callers: live tokens; batch tokens are not among them")
        else:
            notes.append("callers: Vault does not count the uses of a token")
        return BlastRadius(
            declared.dependents(target), callers, self._privileged(target),
            declared.in_production(target), tuple(notes),
        )  # fmt: skip

    def _belongs(self, token: Token, target: Target) -> bool:
        if target.kind == "vault_approle":
            return token.role == target.id
        return token.entity == target.facts.get("entity")

    def _privileged(self, target: Target) -> bool | None:
        held = target.facts.get("policies")
        names = {str(one) for one in held} if isinstance(held, Sequence) else set()
        entity = target.facts.get("entity")
        try:
            if entity:
                found = self._vault.read(f"identity/entity/id/{entity}")
                names |= set(found.get("policies") or ()) if found else set()
            if "root" in names:
                return True
            texts = [self._policy(name) for name in names - {"default"}]
        except ProviderError:
            return None
        return any(_POWERFUL.search(text) for text in texts)

    def _policy(self, name: str) -> str:
        found = self._vault.read(f"sys/policies/acl/{name}")
        return str(found.get("policy") or "") if found else ""

    def protected(self, target: Target) -> str | None:
        """Nothing is reserved by Vault itself."""
        return None

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        """Ask ``sys/capabilities-self``; ``+`` stands for one part of a path.

        Raises:
            Denied: we may not ask.
        """
        asked = list(permissions)
        paths = sorted({_path(one) for one in asked})
        held = self._vault.ask("sys/capabilities-self", paths=paths)
        found: dict[Permission, bool | None] = {}
        for one in asked:
            own = held.get(_path(one))
            verb = one.name.partition(" ")[0]
            found[one] = None if own is None else "root" in own or verb in own
        return found

    def policy(self, permissions: Iterable[Permission]) -> str:
        """Write an ACL policy."""
        wanted: dict[str, set[str]] = {}
        for one in permissions:
            wanted.setdefault(_path(one), set()).add(one.name.partition(" ")[0])
        return "\n".join(
            f'path "{path}" {{ capabilities = [{", ".join(f"{chr(34)}{c}{chr(34)}" for c in sorted(own))}] }}'
            for path, own in sorted(wanted.items())
        )


def _names_of(entity: Mapping[str, Any]) -> set[str]:
    aliases = entity.get("aliases") or ()
    names = [entity.get("name"), *(one.get("name") for one in aliases)]
    # The alias of an AppRole is its role_id, half of a login; the role's name stands beside it.
    roles = {one.get("name"): (one.get("metadata") or {}).get("role_name") for one in aliases}
    return {str(roles.get(one) or one) for one in names if one}


def _path(permission: Permission) -> str:
    return permission.name.partition(" ")[2]
