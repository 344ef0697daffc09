"""Making tokens invalid: by the object that they are bound to, or by the account itself."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Probe
from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import Data, path_of
from rekey.providers.kubernetes.cluster_action import OFFLINE, SHORTEST, Deadly
from rekey.providers.kubernetes.described import LEEWAY, MARK, RUN, spec
from rekey.providers.kubernetes.legacy import token_in
from rekey.providers.kubernetes.probe import REVIEWS, TokenProbe

_KINDS = {"pods": "Pod", "secrets": "Secret"}
_KEPT = ("automountServiceAccountToken", "imagePullSecrets", "secrets")


class DeleteBoundObject(Deadly):
    """Deletes the Pod or Secret that a token is bound to, with every token bound to it."""

    reads = "the object of that uid"
    spec = spec(
        "delete_bound_object", "Delete the Pod or Secret that the token is bound to", Phase.CUT,
        ("kubernetes_bound_token",), ["DELETE pods/{name} or secrets/{name}, of that uid"],
        ["get pods", "get secrets", "delete pods", "delete secrets",
         "create serviceaccounts/token", REVIEWS],
        "service-accounts-admin/#bound-service-account-tokens",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say what goes with it."""
        facts = call.target.facts
        breaks = f"{facts['resource']}/{facts['name']}, and what uses the tokens bound to it"
        return Forecast(
            Grade.A_SIBLING, "a sibling bound to the same object: 401; A with the token itself",
            (breaks,), residual=OFFLINE, if_presented=Grade.A,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """See whether it is there still; one that is being deleted counts until its leeway is over.

        A pod whose node does not answer stays in the lists for ever, and its tokens do not live
        longer than that: pkg/serviceaccount/claims.go.
        """
        found, facts = self._holder(call), {"uid": str(call.target.facts["uid"])}
        if found is None:
            return Observation("present", {}, facts=facts)
        since = found["metadata"].get("deletionTimestamp")
        state = {"being deleted since": since}
        if since and datetime.fromisoformat(since) + LEEWAY <= datetime.now(UTC):
            return Observation("present", state, facts=facts)
        return Observation("absent", state)

    def apply(self, call: Call) -> Applied:
        """Delete it; a pod gets a second to end, and its node confirms it."""
        facts = call.target.facts
        path = path_of(str(facts["resource"]), str(facts["namespace"]), str(facts["name"]))
        self._cluster.delete(path, str(facts["uid"]), 1 if facts["resource"] == "pods" else None)
        return Applied({"uid": str(facts["uid"])})

    def _sibling(self, call: Call) -> Secret | None:
        facts = call.target.facts
        bound = {
            "apiVersion": "v1", "kind": _KINDS[str(facts["resource"])],
            "name": str(facts["name"]), "uid": str(facts["uid"]),
        }  # fmt: skip
        return Secret(str(self._mint(self._account(call), SHORTEST, bound)["token"]))


class DeleteLegacySecret(DeleteBoundObject):
    """Deletes a Secret that holds a token without end."""

    spec = spec(
        "delete_legacy_secret", "Delete the Secret that holds the token", Phase.CUT,
        ("kubernetes_legacy_token",), ["DELETE secrets/{name}, of that uid"],
        ["get secrets", "delete secrets", REVIEWS],
        "service-accounts-admin/#delete-token",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """The Secret holds the very token."""
        breaks = (f"whoever reads the Secret {call.target.facts['name']}, or has a copy of it",)
        because = "the token that stands in the Secret is presented: 401"
        return Forecast(
            Grade.A, because, breaks, residual=f"it has no end, so that {OFFLINE}",
            residual_endless=True,
        )  # fmt: skip

    def probe(self, call: Call) -> Probe | None:
        """Present the token that stands in the Secret."""
        if call.presented is not None:
            return super().probe(call)
        found = self._holder(call, metadata=False)
        token = token_in(found) if found else None
        return TokenProbe(self._cluster, token, self._endpoints) if token else None


class RecreateServiceAccount(Deadly):
    """Makes the account again under another uid: every token of the old one is dead."""

    reads = "the uid of the account"
    spec = spec(
        "recreate_service_account", "Delete the service account and make it again", Phase.CUT,
        ("kubernetes_unbound_token",),
        ["DELETE serviceaccounts/{name}, of that uid", "POST serviceaccounts"],
        ["get serviceaccounts", "delete serviceaccounts", "create serviceaccounts",
         "patch serviceaccounts", "create serviceaccounts/token", REVIEWS],
        "service-accounts-admin/#bound-service-account-tokens",
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say that it reaches every pod."""
        breaks = (
            "every token of the account: its pods cannot use theirs until they are restarted",
            "token Secrets of the account, which the cluster deletes with it",
        )
        return Forecast(
            Grade.A_SIBLING, "a sibling that is bound to nothing: 401; A with the token itself",
            breaks, residual=OFFLINE, if_presented=Grade.A,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Compare the uid; an account that is missing is half of the work."""
        found = self._cluster.read(self._account(call).path)
        if found is None:
            kept = call.before.state if call.before else {}
            return Observation("partial", kept)
        about = found["metadata"]
        if about["uid"] == call.target.facts["uid"]:
            return Observation("absent", {"manifest": _manifest(found)})
        ours = (about.get("annotations") or {}).get(MARK) == call.marker
        lost = call.intended_at is not None and not ours
        if lost:  # the controller of ``default`` was quicker, and knows nothing of its settings
            return Observation("partial", call.before.state if call.before else {})
        return Observation("present", {"uid": about["uid"]}, ours, {"uid": about["uid"]})

    def apply(self, call: Call) -> Applied:
        """Delete and create; where somebody else created it in between, mend that one."""
        account, uid = self._account(call), str(call.target.facts["uid"])
        found = self._cluster.read(account.path)
        manifest = _remembered(call) or (_manifest(found) if found else None)
        if manifest is None:
            raise Refused(f"{account.identity} is gone, and nobody knows what it looked like")
        if found is not None and found["metadata"]["uid"] == uid:
            self._cluster.delete(account.path, uid)
        labelled = manifest["metadata"]["annotations"] | {MARK: call.marker, RUN: call.run}
        wanted = {**manifest, "metadata": {**manifest["metadata"], "annotations": labelled}}
        made = self._cluster.patch(account.path, wanted)
        if made is None:
            made = self._cluster.create(path_of("serviceaccounts", account.namespace), wanted)
        if made["metadata"]["uid"] == uid:
            raise Refused(
                f"{account.identity} keeps its uid: was it deleted? a finalizer may hold it"
            )
        return Applied({"uid": made["metadata"]["uid"]})

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the uid."""
        seen = self.observe(call)
        answer = str(seen.state.get("uid") or seen.effect)
        return [
            Check(Grade.B, self._cluster.address, self.reads,
                  f"another than {call.target.facts['uid']}", answer, seen.effect == "present")
        ]  # fmt: skip

    def _sibling(self, call: Call) -> Secret | None:
        return Secret(str(self._mint(self._account(call), SHORTEST)["token"]))


def _manifest(found: Data) -> Data:
    about = found["metadata"]
    kept: Data = {key: about[key] for key in ("name", "namespace")}
    kept |= {"labels": dict(about.get("labels") or {}),
             "annotations": dict(about.get("annotations") or {})}  # fmt: skip
    rest = {key: found[key] for key in _KEPT if key in found}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": kept, **rest}


def _remembered(call: Call) -> Data | None:
    found = call.before.state.get("manifest") if call.before else None
    return dict(found) if isinstance(found, dict) else None
