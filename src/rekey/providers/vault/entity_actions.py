"""What can be done about an entity, and what it may have left behind."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Forecast, Observation
from rekey.containment.errors import Denied, NotFound
from rekey.containment.interface import Action, Probe
from rekey.containment.survey import Finding, Survey
from rekey.providers.action import ReadBack, Surveying
from rekey.providers.vault.client import Data, Vault
from rekey.providers.vault.deeds import deeds
from rekey.providers.vault.described import LOOK_UP, SECRET_IDS, SURVEYED, spec
from rekey.providers.vault.leases import Lease, lives
from rekey.providers.vault.probe import TokenProbe, is_token
from rekey.providers.vault.role import MARK, Role, issued_in_run, marks_in_run, older, role_path
from rekey.providers.vault.tokens import Token, Tokens

_KINDS = ("vault_entity", "vault_batch_token")
_ANSWERED = timedelta(seconds=1)


class EntityAction(ReadBack):
    """An action on the entity of a target."""

    reads = "identity/entity/id"

    def __init__(self, vault: Vault, tokens: Tokens, endpoints: Sequence[str]) -> None:
        self._vault, self._tokens, self._endpoints = vault, tokens, endpoints

    def _id(self, call: Call) -> str:
        return str(call.target.facts.get("entity") or "")

    def _entity(self, call: Call) -> Data:
        found = self._vault.read(f"identity/entity/id/{self._id(call)}")
        if found is None:
            raise NotFound(f"there is no entity {self._id(call)}")
        return found

    def probe(self, call: Call) -> Probe | None:
        """Present the token itself."""
        if not is_token(call.presented) or call.presented is None:
            return None
        return TokenProbe(self._vault, call.presented, self._endpoints)


class DisableEntity(EntityAction):
    """Makes every token of an entity unusable, batch tokens too; it revokes none of them."""

    spec = spec(
        "disable_entity", "Disable the entity, with all its tokens", Phase.CUT, _KINDS,
        ["POST identity/entity/id/{id}"], ["read identity/entity/id/+", "update identity/entity/id/+"],
        "secret/identity/entity#update-entity-by-id", reversible=True, closes_mint=True,
        on_identity=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say that undoing revives."""
        breaks = ("every token and login of this entity, whoever holds it",)
        return Forecast(
            Grade.B, "as read back; presented, the token: 403. Enabling it again revives what was "
            "not revoked and has not expired", breaks, if_presented=Grade.A,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Read whether it is disabled."""
        disabled = bool(self._entity(call).get("disabled"))
        return Observation("present" if disabled else "absent", {"disabled": disabled})

    def apply(self, call: Call) -> Applied:
        """Disable it."""
        self._vault.change(f"identity/entity/id/{self._id(call)}", disabled=True)
        return Applied({"entity": self._id(call)})

    def compensate(self, call: Call) -> Applied:
        """Enable it again, unless it was disabled before."""
        if call.before is not None and not call.before.state.get("disabled"):
            self._vault.change(f"identity/entity/id/{self._id(call)}", disabled=False)
        return Applied({"entity": self._id(call)})


class RevokeEntityTokens(EntityAction):
    """Revokes the service tokens of an entity, so that enabling it again revives none."""

    reads = "auth/token/accessors, with a lookup of each"
    spec = spec(
        "revoke_entity_tokens", "Revoke the entity's service tokens", Phase.CUT, ("vault_entity",),
        ["LIST auth/token/accessors", "POST auth/token/revoke-accessor"],
        [*LOOK_UP, "update auth/token/revoke-accessor"], "auth/token#revoke-a-token-accessor",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Count them."""
        return Forecast(Grade.B, self.reads, (f"{len(self._old(call))} live tokens",))

    def observe(self, call: Call) -> Observation:
        """See whether one is left."""
        left = [self._tokens.hashed(one.accessor) for one in self._old(call)]
        return Observation("absent" if left else "present", {"tokens": left})

    def probe(self, call: Call) -> Probe | None:
        """Nothing: the disabled entity refuses its tokens already, revoked or not."""
        return None

    def apply(self, call: Call) -> Applied:
        """Revoke each with all that hangs on it."""
        gone = self._old(call)
        for one in gone:
            self._vault.change("auth/token/revoke-accessor", accessor=one.accessor)
        return Applied({"tokens": [self._tokens.hashed(one.accessor) for one in gone]})

    def _old(self, call: Call) -> list[Token]:
        entity = self._id(call)
        return older([one for one in self._tokens.all() if one.entity == entity], call)


class SurveyEntity(EntityAction, Surveying):
    """Looks for what an entity made since the abuse began, and what lives still."""

    def __init__(
        self, vault: Vault, tokens: Tokens, endpoints: Sequence[str], log: Path | None
    ) -> None:
        super().__init__(vault, tokens, endpoints)
        self._log = log

    reads = "tokens, aliases, secret IDs and leases made since"
    spec = spec(
        "survey_entity", "Look for tokens, aliases, secret IDs and leases made since", Phase.SURVEY,
        ("vault_service_token", "vault_batch_token", "vault_entity", "vault_approle"),
        ["LIST auth/token/accessors", "GET identity/entity/id/{id}",
         "LIST auth/approle/role/{role}/secret-id", "POST sys/leases/lookup"],
        [*LOOK_UP, *SECRET_IDS, "read identity/entity/id/+", "update sys/capabilities-accessor",
         "update sys/leases/lookup"],
        "auth/token#list-accessors", propagation=SURVEYED, mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Without an entity Vault does not say who made a token."""
        why = None
        if not self._id(call) and self._log is None:
            why = (
                "it has no entity, so that only the audit log says what it made: options.audit_log"
            )
        because = "and by the audit log whatever its tokens wrote or leased anywhere"
        if self._log is None:
            because = (
                "policies, mounts, users and roles carry no time: what its tokens wrote later than "
                "the case, and what they leased, only the audit log tells, options.audit_log"
            )
        return Forecast(Grade.B, because, impossible=why)

    def survey(self, call: Call) -> Survey:
        """List what was made since."""
        found = [*self._found(call), *self._secret_ids(call)]
        since, not_asked = _since(call), []
        if self._log is not None and since is not None:
            names = {*call.suspects, call.target.id, self._id(call)} - {""}
            left = list(deeds(self._log, names, since))
            found += (one for one in left if not isinstance(one, Lease))
            try:
                found += (one for one in left
                          if isinstance(one, Lease) and lives(self._vault, one))  # fmt: skip
            except Denied as error:
                not_asked.append(f"whether its leases live ({error.message})")
        return Survey(list({one.id: one for one in found}.values()), not_asked)

    def _found(self, call: Call) -> Iterator[Finding]:
        since, marks = _since(call), marks_in_run(call)
        for token in self._tokens.all():
            if (since is not None and token.issued < since) or token.meta.get(MARK) in marks:
                continue
            own = bool(token.entity) and token.entity == self._id(call)
            if own or self._may_be_its_orphan(call, token):
                yield Finding(self._tokens.hashed(token.accessor), f"token of {token.path}")
        for alias in self._aliases(call):
            if since is None or datetime.fromisoformat(alias["creation_time"]) >= since:
                # Not by its name: an AppRole's is its role_id, half of a login.
                yield Finding(str(alias["id"]), f"alias at {alias['mount_path']}")

    def _aliases(self, call: Call) -> Sequence[Data]:
        return self._entity(call).get("aliases") or () if self._id(call) else ()

    def _may_be_its_orphan(self, call: Call, token: Token) -> bool:
        """An orphan has no entity: whoever could make one may have made this one."""
        made = token.path.startswith("auth/token/create") and token.orphan and not token.entity
        return made and call.target.facts.get("makes_orphans") is not False

    def _secret_ids(self, call: Call) -> list[Finding]:
        path = role_path(call)
        if path is None:
            return []
        ours, since = issued_in_run(call), _since(call)
        return [
            Finding(one.digest, f"secret ID of {path}")
            for one in Role(self._vault, self._tokens, path).secret_ids()
            if one.digest not in ours and (since is None or one.created >= since)
        ]


def _since(call: Call) -> datetime | None:
    """Give the begin of the abuse, a little earlier: the log tells when Vault had answered."""
    return call.since - _ANSWERED if call.since else None


def entity_actions(
    vault: Vault, tokens: Tokens, endpoints: Sequence[str], log: Path | None
) -> tuple[Action, ...]:
    """Give the actions of this file."""
    given = (vault, tokens, endpoints)
    return (DisableEntity(*given), RevokeEntityTokens(*given), SurveyEntity(*given, log))
