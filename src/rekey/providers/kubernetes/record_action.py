"""Evidence: what goes with a token, read before it goes."""

import json
from hashlib import sha256

from rekey.containment.errors import ProviderError
from rekey.containment.interface import Call, Json, Observation, Phase
from rekey.providers.kubernetes.account import binding_name, bindings, naming
from rekey.providers.kubernetes.client import Data, path_of
from rekey.providers.kubernetes.cluster_action import ClusterAction
from rekey.providers.kubernetes.described import BINDINGS, TOKENS, spec

_LOG_BYTES = 1_000_000


class RecordTokenHolder(ClusterAction):
    """Records the object that holds a token: for a pod what it ran, and the digests of its logs."""

    reads = "the object that the token is bound to"
    spec = spec(
        "record_token_holder", "Record the holder of the token", Phase.EVIDENCE, TOKENS,
        ["GET pods/{name}, pods/{name}/log, secrets/{name} (metadata), serviceaccounts/{name}"],
        ["get pods", "get pods/log", "get secrets", "get serviceaccounts",
         *(f"list {one}" for one in BINDINGS)],
        "service-accounts-admin/", mutates=False,
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Read it; no value of a variable and no log line gets out of here."""
        account, facts = self._account(call), call.target.facts
        pod = facts["resource"] == "pods"
        found = self._holder(call, metadata=facts["resource"] == "secrets")
        if found is None:
            return Observation("absent", {})
        text = json.dumps(found, sort_keys=True).encode()
        about = found["metadata"]
        state: dict[str, Json] = {
            "object": call.target.id, "uid": about["uid"], "created": about["creationTimestamp"],
            "sha256": sha256(text).hexdigest(), "account": account.identity,
            "bindings": [binding_name(one) for one in naming(account, bindings(self._cluster))],
            "owners": [f"{o['kind']}/{o['name']}" for o in about.get("ownerReferences") or ()],
        }  # fmt: skip
        return Observation("present", state | (self._pod(found) if pod else {}))

    def _pod(self, pod: Data) -> dict[str, Json]:
        spec, status = pod["spec"], pod.get("status") or {}
        names = [c["name"] for group in ("initContainers", "containers", "ephemeralContainers")
                 for c in spec.get(group) or ()]  # fmt: skip
        images = {c["name"]: c["image"] for c in spec.get("containers") or ()}
        ran = {c["name"]: c.get("imageID") for c in status.get("containerStatuses") or ()}
        return {
            "node": spec.get("nodeName"), "ip": status.get("podIP"), "images": images,
            "image_ids": ran, "logs": {name: self._log(pod, name) for name in names},
        }  # fmt: skip

    def _log(self, pod: Data, container: str) -> Json:
        about = pod["metadata"]
        path = f"{path_of('pods', about['namespace'], about['name'])}/log"
        try:
            text = self._cluster.text(path, container=container, limitBytes=str(_LOG_BYTES))
        except ProviderError as error:
            return {"not read": error.message}
        return {"bytes": len(text.encode()), "sha256": sha256(text.encode()).hexdigest()}
