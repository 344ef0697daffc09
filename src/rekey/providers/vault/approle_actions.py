"""What can be done about an AppRole: its secret IDs first, then the tokens that are out."""

from collections.abc import Callable, Sequence

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import ProviderError, Refused
from rekey.containment.interface import Action, Probe
from rekey.containment.target import Json, Target
from rekey.providers.action import ReadBack
from rekey.providers.issue import taken_back
from rekey.providers.vault.client import Vault
from rekey.providers.vault.described import LOOK_UP, ONCE, SECRET_IDS, USED, spec
from rekey.providers.vault.probe import SecretIdProbe, TokenProbe, is_token, login
from rekey.providers.vault.role import (
    MARK,
    Role,
    SecretId,
    issued_in_run,
    marks_in_run,
    older,
    role_path,
)
from rekey.providers.vault.tokens import Token, Tokens

KIND = ("vault_approle",)
_DESTROY = "update auth/+/role/+/secret-id-accessor/destroy"
_DRAW = ("update auth/+/role/+/secret-id", "read auth/+/role/+/role-id")


class RoleAction(ReadBack):
    """An action on the AppRole of a target."""

    reads = "the secret IDs of the role"

    def __init__(self, vault: Vault, tokens: Tokens, endpoints: Sequence[str]) -> None:
        self._vault, self._tokens, self._endpoints = vault, tokens, endpoints

    def _role(self, call: Call) -> Role:
        path = role_path(call)
        if path is None:
            raise Refused(f"{call.target.id} came from no AppRole")
        return Role(self._vault, self._tokens, path)

    def _sibling_mark(self, call: Call) -> str:
        return f"{call.marker}-probe"

    def _end_siblings(self, call: Call) -> None:
        """End what presenting made, here and before a crash; failing is no harm to a proof."""
        mark = self._sibling_mark(call)
        try:
            role = self._role(call)
            for one in role.secret_ids():
                if one.metadata.get(MARK) == mark:
                    role.destroy(one)
            role.revoke([one for one in role.tokens() if one.meta.get(MARK) == mark])
        except ProviderError:
            return


class RecordApprole(RoleAction):
    """Keeps what is destroyed: which secret IDs there were, and which tokens."""

    spec = spec(
        "record_approle", "Record the role, its secret IDs and live tokens", Phase.EVIDENCE, KIND,
        ["LIST auth/approle/role/{role}/secret-id", "LIST auth/token/accessors"],
        [*LOOK_UP, *SECRET_IDS], "auth/approle#list-secret-id-accessors",
        propagation=ONCE, mutates=False,
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """List both."""
        role = self._role(call)
        ids: list[Json] = [
            {
                "digest": one.digest,
                "created": one.created.isoformat(),
                "metadata": dict(one.metadata),
            }
            for one in role.secret_ids()
        ]
        tokens: list[Json] = [
            one.facts() | {"accessor": self._tokens.hashed(one.accessor)} for one in role.tokens()
        ]
        return Observation("present", {"secret_ids": ids, "tokens": tokens})


class DestroySecretIds(RoleAction):
    """Destroys every secret ID that this run did not issue: no new login, and nothing else."""

    spec = spec(
        "destroy_secret_ids", "Destroy the secret IDs of the role", Phase.CLOSE_MINT,
        ("vault_approle", "vault_service_token"),
        ["POST auth/approle/role/{role}/secret-id-accessor/destroy"],
        [*SECRET_IDS, *_DRAW, _DESTROY, "update auth/+/role/+/secret-id/lookup"],
        "auth/approle#destroy-approle-secret-id-accessor",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Impossible for a token that no AppRole gave out."""
        if role_path(call) is None:
            why = f"the token came from {call.target.facts.get('path')}, not from an AppRole"
            return Forecast(Grade.B, self.reads, impossible=why)
        breaks = ("every login with a secret ID of this role, until it has a new one",)
        because = "a secret ID that is drawn beside them is unknown, and a login with it refused"
        settings = self._vault.read(str(role_path(call)))
        if settings is not None and settings.get("bind_secret_id") is False:
            way = f"{role_path(call)} asks for no secret ID: whoever knows its role_id logs in"
            return Forecast(Grade.B, because, breaks, mint_open=way)
        return Forecast(Grade.A_SIBLING, because, breaks)

    def observe(self, call: Call) -> Observation:
        """See whether one is left."""
        left = [one.digest for one in self._old(call)]
        return Observation("absent" if left else "present", {"secret_ids": left})

    def probe(self, call: Call) -> Probe | None:
        """Log in with the old secret ID, else with one that is drawn for it."""
        role = self._role(call)
        if call.presented is not None and not is_token(call.presented):
            return SecretIdProbe(self._vault, role.path, call.presented)
        self._end_siblings(call)
        secret, _ = role.make_secret_id(self._sibling_mark(call))
        return SecretIdProbe(
            self._vault, role.path, secret, Grade.A_SIBLING, lambda: self._end_siblings(call)
        )

    def apply(self, call: Call) -> Applied:
        """Destroy them."""
        role, gone = self._role(call), self._old(call)
        for one in gone:
            role.destroy(one)
        return Applied({"secret_ids": [one.digest for one in gone]})

    def _old(self, call: Call) -> list[SecretId]:
        ours = issued_in_run(call)
        return [one for one in self._role(call).secret_ids() if one.digest not in ours]


class RevokeRoleTokens(RoleAction):
    """Revokes the tokens of earlier logins: orphans all, that outlive their secret IDs."""

    reads = "auth/token/accessors, with a lookup of each"
    spec = spec(
        "revoke_role_tokens", "Revoke the tokens that came of earlier logins", Phase.CUT, KIND,
        ["LIST auth/token/accessors", "POST auth/token/revoke-accessor"],
        [*LOOK_UP, *SECRET_IDS, *_DRAW, _DESTROY, "update auth/token/revoke-accessor"],
        "auth/token#revoke-a-token-accessor",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Batch tokens have no accessor, and are not among them."""
        breaks = (f"{len(self._old(call))} live tokens of the role, with their leases",)
        return Forecast(Grade.A_SIBLING, "a token of a login beside them: 403", breaks)

    def observe(self, call: Call) -> Observation:
        """See whether one is left."""
        left = [self._tokens.hashed(one.accessor) for one in self._old(call)]
        return Observation("absent" if left else "present", {"tokens": left})

    def probe(self, call: Call) -> Probe | None:
        """Present the old token, else one of a login of our own."""
        if is_token(call.presented) and call.presented is not None:
            return TokenProbe(self._vault, call.presented, self._endpoints)
        role = self._role(call)
        self._end_siblings(call)
        secret, made = role.make_secret_id(self._sibling_mark(call))
        try:
            token = login(self._vault, role.path, secret)
        finally:
            role.destroy(made)
        return TokenProbe(
            self._vault, token, self._endpoints, Grade.A_SIBLING, lambda: self._end_siblings(call)
        )

    def apply(self, call: Call) -> Applied:
        """Revoke each with all that hangs on it."""
        return Applied({"tokens": list(self._role(call).revoke(self._old(call)))})

    def _old(self, call: Call) -> list[Token]:
        return older(self._role(call).tokens(), call)


class IssueSecretId(RoleAction):
    """Draws a new secret ID and writes it to the store."""

    spec = spec(
        "issue_secret_id", "Draw a new secret ID, and store it", Phase.ISSUE, KIND,
        ["POST auth/approle/role/{role}/secret-id"], [*SECRET_IDS, *_DRAW, _DESTROY],
        "auth/approle#generate-new-secret-id", propagation=ONCE, reversible=True,
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Find what carries the mark of this step."""
        ours = self._ours(call)
        if not ours:
            return Observation("absent", {})
        mark = call.mark_of(ours[0].digest)
        version = call.store.find(call.destination or "", mark) if call.store else None
        if version is None or len(ours) > 1:
            return Observation("partial", {"orphans": [one.digest for one in ours]})
        facts = {"secret_id": ours[0].digest, "mark": call.marker, "version": version}
        return Observation("present", {}, True, facts)

    def clear(self, call: Call) -> Sequence[str]:
        """Destroy what an earlier attempt left."""
        return self._destroy(call)

    def apply(self, call: Call) -> Applied:
        """Draw one, and store it."""
        if call.store is None or not call.destination:
            raise Refused("no store for the new secret ID")
        role = self._role(call)
        secret, made = role.make_secret_id(call.marker)
        with taken_back(f"secret ID {made.digest[:12]}", lambda: role.destroy(made)):
            version = call.store.write(call.destination, secret, call.mark_of(made.digest))
        return Applied({"secret_id": made.digest, "mark": call.marker, "version": version})

    def compensate(self, call: Call) -> Applied:
        """Bring the store's earlier value back, then destroy this one."""
        if self._ours(call) and call.store is not None and call.destination:
            mark = call.mark_of(self._ours(call)[0].digest)
            call.store.restore(call.destination, mark)
        return Applied(removed=self._destroy(call))

    def _destroy(self, call: Call) -> tuple[str, ...]:
        ours = self._ours(call)
        for one in ours:
            self._role(call).destroy(one)
        return tuple(one.digest for one in ours)

    def _ours(self, call: Call) -> list[SecretId]:
        found = self._role(call).secret_ids()
        return [one for one in found if one.metadata.get(MARK) == call.marker]


class ConfirmSecretIdUsed(RoleAction):
    """Sees the workload logged in: tokens of a login carry the mark of its secret ID."""

    reads = "live tokens of logins with the successor"
    spec = spec(
        "confirm_secret_id_used", "See every consumer logged in with the new secret ID",
        Phase.CONFIRM, KIND, ["POST auth/token/lookup-accessor"], LOOK_UP,
        "auth/token#lookup-a-token-accessor", propagation=USED, mutates=False,
    )  # fmt: skip

    def __init__(
        self, vault: Vault, tokens: Tokens, endpoints: Sequence[str],
        dependents: Callable[[Target], Sequence[str] | None],
    ) -> None:  # fmt: skip
        super().__init__(vault, tokens, endpoints)
        self._dependents = dependents

    def forecast(self, call: Call) -> Forecast:
        """Say how many must come."""
        return Forecast(Grade.B, f"{self._wanted(call)} logins with the new secret ID")

    def observe(self, call: Call) -> Observation:
        """Count the logins."""
        count, wanted = self._logins(call), self._wanted(call)
        return Observation("present" if count >= wanted else "absent", {"logins": count})

    def verify(self, call: Call) -> Sequence[Check]:
        """Compare with the consumers that the site declared; one, if it declared none."""
        count, wanted = self._logins(call), self._wanted(call)
        return [
            Check(Grade.B, self._vault.address, self.reads, f"{wanted} or more", f"{count}",
                  count >= wanted)
        ]  # fmt: skip

    def _wanted(self, call: Call) -> int:
        return max(1, len(self._dependents(call.target) or ()))

    def _logins(self, call: Call) -> int:
        marks = marks_in_run(call)
        return sum(one.meta.get(MARK) in marks for one in self._role(call).tokens())


def approle_actions(
    vault: Vault, tokens: Tokens, endpoints: Sequence[str],
    dependents: Callable[[Target], Sequence[str] | None],
) -> tuple[Action, ...]:  # fmt: skip
    """Give the actions of this file."""
    kinds = (RecordApprole, DestroySecretIds, RevokeRoleTokens, IssueSecretId)
    own = tuple(kind(vault, tokens, endpoints) for kind in kinds)
    return (*own, ConfirmSecretIdUsed(vault, tokens, endpoints, dependents))
