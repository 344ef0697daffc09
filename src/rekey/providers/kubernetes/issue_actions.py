"""A successor that can be revoked alone, because it is bound to a Secret of its own."""

import json
from collections.abc import Sequence
from typing import Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused, Unclear
from rekey.containment.secret import Secret
from rekey.containment.target import Facts
from rekey.providers.issue import taken_back
from rekey.providers.kubernetes.account import Account, account_of
from rekey.providers.kubernetes.client import Data, path_of
from rekey.providers.kubernetes.cluster_action import ClusterAction
from rekey.providers.kubernetes.described import MARK, RUN, USED, spec
from rekey.providers.kubernetes.probe import REVIEWS, claims, reviewed

CREDENTIAL: Final = "rekey/credential-id"
"""Annotation of an anchor: the token bound to it, as the audit log names it."""

_KINDS = ("kubernetes_bound_token", "kubernetes_legacy_token")
_LONGEST_NAME = 253


class IssueBoundToken(ClusterAction):
    """Makes an anchor Secret, a token bound to it, and writes the token to the store."""

    reads = "the anchor and the store"
    spec = spec(
        "issue_bound_token", "Make a token bound to a Secret of its own, and store it", Phase.ISSUE,
        _KINDS, ["POST secrets", "POST serviceaccounts/{name}/token", "POST tokenreviews"],
        ["get secrets", "create secrets", "patch secrets", "delete secrets",
         "create serviceaccounts/token", REVIEWS],
        "service-accounts-admin/#bound-service-account-tokens", reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """A pod gets its own token with its successor."""
        why = None
        if call.target.facts["resource"] == "pods":
            why = "its next pod gets a token of its own: contain it, which deletes the pod"
        return Forecast(Grade.B, "the anchor and the store show it", impossible=why)

    def observe(self, call: Call) -> Observation:
        """Find the anchor of this step."""
        anchor = self._anchor(call)
        if anchor is None:
            return Observation("absent", {})
        about = anchor["metadata"]
        named = (about.get("annotations") or {}).get(CREDENTIAL)
        mark = call.mark_of(str(about["uid"]))
        version = call.store.find(call.destination or "", mark) if call.store else None
        if not named or version is None:
            return Observation("partial", {"orphans": [about["name"]]})
        facts = {"anchor": about["name"], "credential_id": named, "version": version}
        return Observation("present", {}, True, facts)

    def clear(self, call: Call) -> Sequence[str]:
        """Delete the anchor that an earlier attempt left, which ends its token."""
        return self._remove(call)

    def apply(self, call: Call) -> Applied:
        """Make an anchor and a token, and store it."""
        if call.store is None or not call.destination:
            raise Refused("no store for the new token")
        account = account_of(call.target)
        body = {
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": _name(call), "annotations": {MARK: call.marker, RUN: call.run}},
        }  # fmt: skip
        made = self._cluster.create(path_of("secrets", account.namespace), body)
        with taken_back(f"Secret {_name(call)}", lambda: self._remove(call)):
            facts = self._fill(call, account, str(made["metadata"]["uid"]))
        return Applied(facts)

    def _fill(self, call: Call, account: Account, uid: str) -> Facts:
        """Bind a token to the anchor, see it accepted, name it there, and last of all store it.

        A review, and not a call with it, which the audit log would show as a use by a consumer.
        """
        assert call.store is not None  # noqa: S101 - for the type checker
        bound = {"apiVersion": "v1", "kind": "Secret", "name": _name(call), "uid": uid}
        status = self._mint(account, self._options.token_lifetime_seconds, bound)
        token = Secret(str(status["token"]))
        if not reviewed(self._cluster, token).get("authenticated"):
            raise Unclear("the API server does not accept the token that it says it made")
        named = f"JTI={claims(token).get('jti')}"
        self._cluster.patch(self._path(call), {"metadata": {"annotations": {CREDENTIAL: named}}})
        version = call.store.write(call.destination or "", token, call.mark_of(uid))
        return {"anchor": _name(call), "credential_id": named, "version": version}

    def compensate(self, call: Call) -> Applied:
        """Bring the store's earlier value back, then delete the anchor, and the successor with it."""
        anchor = self._anchor(call)
        if anchor is not None and call.store is not None and call.destination:
            call.store.restore(call.destination, call.mark_of(str(anchor["metadata"]["uid"])))
        return Applied(removed=self._remove(call))

    def _remove(self, call: Call) -> tuple[str, ...]:
        anchor = self._anchor(call)
        if anchor is None:
            return ()
        self._cluster.delete(self._path(call), str(anchor["metadata"]["uid"]))
        return (str(anchor["metadata"]["name"]),)

    def _anchor(self, call: Call) -> Data | None:
        found = self._cluster.read(self._path(call), metadata=True)
        if found is None:
            return None
        if (found["metadata"].get("annotations") or {}).get(MARK) != call.marker:
            raise Refused(f"a Secret {_name(call)} is there, and not ours")
        return found

    def _path(self, call: Call) -> str:
        return path_of("secrets", account_of(call.target).namespace, _name(call))


class ConfirmTokenUsed(ClusterAction):
    """Sees the successor in the audit log: the server itself keeps no record of a token's use."""

    reads = "the audit log"
    spec = spec(
        "confirm_token_used", "See every consumer use the new token", Phase.CONFIRM, _KINDS,
        ["reads the audit log"], [], "../../tasks/debug/debug-cluster/audit/",
        propagation=USED, mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Impossible without the log."""
        why = None
        if self._options.audit_log is None:
            why = "only the audit log says whether a token is used: name it, options.audit_log"
        because = f"{self._wanted(call)} clients with the new token, in the audit log"
        return Forecast(Grade.B, because, impossible=why)

    def observe(self, call: Call) -> Observation:
        """Look for uses."""
        found = sorted(self._clients(call))
        enough = len(found) >= self._wanted(call)
        return Observation("present" if enough else "absent", {"clients": found})

    def verify(self, call: Call) -> Sequence[Check]:
        """Compare with the consumers that the site declared; one, if it declared none."""
        count, wanted = len(self._clients(call)), self._wanted(call)
        return [Check(Grade.B, self._cluster.address, self.reads, f"{wanted} or more clients",
                      f"{count}", count >= wanted)]  # fmt: skip

    def _wanted(self, call: Call) -> int:
        return max(1, len(self._options.dependents(call.target) or ()))

    def _clients(self, call: Call) -> set[str]:
        named = {str(f["credential_id"]) for f in call.earlier.values() if "credential_id" in f}
        log, found = self._options.audit_log, set()
        if log is None or not named:
            return set()
        try:
            with log.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if any(one in line for one in named) and (client := _client(line, named)):
                        found.add(client)
        except OSError as error:
            raise Refused(f"the audit log {log} cannot be read: {error.strerror}") from error
        return found


def _client(line: str, named: set[str]) -> str | None:
    """Give address and program of a request that was made with one of the tokens and served."""
    try:
        event = json.loads(line)
        extra = event["user"]["extra"]["authentication.kubernetes.io/credential-id"]
        code = event["responseStatus"]["code"]
    except (ValueError, KeyError, TypeError):
        return None
    if not named & set(extra) or code >= 400:
        return None
    return f"{(event.get('sourceIPs') or ['?'])[-1]} {event.get('userAgent', '?')}"


def _name(call: Call) -> str:
    account = account_of(call.target)
    return f"{account.name[: _LONGEST_NAME - len(call.marker) - 1]}-{call.marker}".lower()
