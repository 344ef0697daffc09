"""What can be done about one service token."""

from collections.abc import Sequence
from hashlib import sha256

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Action, Probe
from rekey.containment.secret import Secret
from rekey.providers.action import ReadBack
from rekey.providers.issue import taken_back
from rekey.providers.vault.client import Vault
from rekey.providers.vault.described import LOOK_UP, ONCE, USED, spec
from rekey.providers.vault.probe import TokenProbe, is_token
from rekey.providers.vault.tokens import Token, Tokens

MARK = "rekey"
"""Key in the metadata of what we make."""

KIND = ("vault_service_token",)


class TokenAction(ReadBack):
    """An action on a token that is known by the HMAC of its accessor."""

    reads = "auth/token/lookup-accessor"

    def __init__(self, vault: Vault, tokens: Tokens, endpoints: Sequence[str]) -> None:
        self._vault, self._tokens, self._endpoints = vault, tokens, endpoints

    def _token(self, call: Call) -> Token | None:
        return self._tokens.find(call.target.id, str(call.target.facts["salt"]))


class RecordToken(TokenAction):
    """Keeps what Vault forgets with the token: how it was made, and what it leased."""

    spec = spec(
        "record_token", "Record the token", Phase.EVIDENCE, KIND,
        ["LIST auth/token/accessors", "POST auth/token/lookup-accessor"], LOOK_UP,
        "auth/token#lookup-a-token-accessor", propagation=ONCE, mutates=False,
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Read it once more."""
        token = self._token(call)
        return Observation("present" if token else "absent", token.facts() if token else {})


class RevokeAccessor(TokenAction):
    """Revokes a token with its children and leases; never ``revoke-orphan``, which spares them."""

    spec = spec(
        "revoke_accessor", "Revoke the token with its children and leases", Phase.CUT, KIND,
        ["POST auth/token/revoke-accessor"], [*LOOK_UP, "update auth/token/revoke-accessor"],
        "auth/token#revoke-a-token-accessor",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say what goes with it."""
        breaks = ("its children and the leases of all of them",)
        because = "by its accessor; presented, the token itself: 403"
        return Forecast(Grade.B, because, breaks, if_presented=Grade.A)

    def observe(self, call: Call) -> Observation:
        """See whether a live token has the accessor."""
        token = self._token(call)
        return Observation("absent" if token else "present", token.facts() if token else {})

    def probe(self, call: Call) -> Probe | None:
        """Present the token itself, unless presenting would use it up."""
        if not is_token(call.presented) or call.target.facts.get("uses_limited"):
            return None
        assert call.presented is not None  # noqa: S101 - for the type checker
        return TokenProbe(self._vault, call.presented, self._endpoints)

    def apply(self, call: Call) -> Applied:
        """Revoke it; Vault answers success for what is gone already."""
        token = self._token(call)
        if token is not None:
            self._vault.change("auth/token/revoke-accessor", accessor=token.accessor)
        return Applied({"accessor": call.target.id})

    def verify(self, call: Call) -> Sequence[Check]:
        """Look its accessor up."""
        dead = self._token(call) is None
        answer = "invalid accessor" if dead else "alive"
        return [Check(Grade.B, self._vault.address, self.reads, "invalid accessor", answer, dead)]


class CreateToken(TokenAction):
    """Makes a token with the same policies and writes it to the store."""

    spec = spec(
        "create_token", "Make a token with the same policies, and store it", Phase.ISSUE, KIND,
        ["POST auth/token/create-orphan"],
        [*LOOK_UP, "update auth/token/create-orphan", "sudo auth/token/create-orphan",
         "update auth/token/revoke-accessor"],
        "auth/token#create-token", reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Only what a token made can be made again; what logged in logs in."""
        facts, why = call.target.facts, None
        if not str(facts["path"]).startswith("auth/token/create"):
            why = f"it came from {facts['path']}: the workload logs in again (vault_approle)"
        elif "root" in _policies(call):
            why = "a root token has no successor"
        return Forecast(Grade.B, "the accessor and the store show it", impossible=why)

    def observe(self, call: Call) -> Observation:
        """Find what carries the mark of this step."""
        ours = self._ours(call)
        if not ours:
            return Observation("absent", {})
        hashes = [self._tokens.hashed(one.accessor) for one in ours]
        mark = call.mark_of(_digest(ours[0].accessor))
        version = call.store.find(call.destination or "", mark) if call.store else None
        if version is None or len(ours) > 1:
            return Observation("partial", {"orphans": hashes})
        return Observation(
            "present", {}, True, {"accessor": hashes[0], "mark": call.marker, "version": version}
        )

    def clear(self, call: Call) -> Sequence[str]:
        """Revoke what an earlier attempt left."""
        return self._revoke(self._ours(call))

    def apply(self, call: Call) -> Applied:
        """Make one, and store it."""
        if call.store is None or not call.destination:
            raise Refused("no store for the new token")
        facts = call.target.facts
        made = self._vault.change(
            "auth/token/create-orphan", meta={MARK: call.marker}, ttl=f"{facts['ttl']}s",
            policies=[one for one in _policies(call) if one != "default"],
            display_name=str(facts["display_name"]).removeprefix("token-"),
        )  # fmt: skip
        mark = call.mark_of(_digest(str(made["accessor"])))
        accessor = self._tokens.hashed(str(made["accessor"]))
        with taken_back(f"token {accessor}", lambda: self._end(str(made["accessor"]))):
            version = call.store.write(call.destination, Secret(str(made["client_token"])), mark)
        return Applied({"accessor": accessor, "mark": call.marker, "version": version})

    def compensate(self, call: Call) -> Applied:
        """Bring the store's earlier value back, then revoke the successor."""
        ours = self._ours(call)
        if ours and call.store is not None and call.destination:
            call.store.restore(call.destination, call.mark_of(_digest(ours[0].accessor)))
        return Applied(removed=self._revoke(ours))

    def _ours(self, call: Call) -> list[Token]:
        return [one for one in self._tokens.all() if one.meta.get(MARK) == call.marker]

    def _revoke(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        hashes = tuple(self._tokens.hashed(one.accessor) for one in tokens)
        for one in tokens:
            self._end(one.accessor)
        return hashes

    def _end(self, accessor: str) -> None:
        self._vault.change("auth/token/revoke-accessor", accessor=accessor)


class ConfirmTokenUsed(TokenAction):
    """Sees the successor renewed: the only trace of a token's use that Vault itself keeps."""

    spec = spec(
        "confirm_token_used", "See the successor in use", Phase.CONFIRM, KIND,
        ["POST auth/token/lookup-accessor"], LOOK_UP, "auth/token#lookup-a-token-accessor",
        propagation=USED, mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say what it takes."""
        return Forecast(Grade.B, "the workload renews the successor; otherwise it is not seen")

    def observe(self, call: Call) -> Observation:
        """Read when the successor was renewed."""
        seen = self._renewed(call)
        return Observation("present" if seen else "absent", {"last_renewal": seen})

    def verify(self, call: Call) -> Sequence[Check]:
        """Ask whether it was renewed."""
        seen = self._renewed(call)
        answer = f"renewed at {seen}" if seen else "not renewed"
        return [Check(Grade.B, self._vault.address, self.reads, "renewed", answer, bool(seen))]

    def _renewed(self, call: Call) -> int:
        accessors = [str(facts["accessor"]) for facts in call.earlier.values()
                     if "version" in facts and "accessor" in facts]  # fmt: skip
        found = [self._tokens.find(one) for one in accessors]
        return max((one.renewed for one in found if one), default=0)


def _digest(accessor: str) -> str:
    """Stand for an accessor in a mark: it could revoke, and the salt of its HMAC may change."""
    return sha256(accessor.encode()).hexdigest()


def _policies(call: Call) -> list[str]:
    held = call.target.facts["policies"]
    return [str(one) for one in held] if isinstance(held, list | tuple) else []


def token_actions(vault: Vault, tokens: Tokens, endpoints: Sequence[str]) -> tuple[Action, ...]:
    """Give the actions of this file."""
    kinds = (RecordToken, RevokeAccessor, CreateToken, ConfirmTokenUsed)
    return tuple(kind(vault, tokens, endpoints) for kind in kinds)
