"""Evidence: what goes with a token, read before it goes."""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256

from rekey.containment.action_spec import Phase
from rekey.containment.call import Call, Observation
from rekey.containment.errors import ProviderError
from rekey.containment.target import Json
from rekey.providers.kubernetes.account import binding_name, bindings, naming
from rekey.providers.kubernetes.client import Data, path_of
from rekey.providers.kubernetes.cluster_action import ClusterAction
from rekey.providers.kubernetes.described import BINDINGS, TOKENS, spec
from rekey.sources.scrub import REDACTED

_LOG_BYTES = 1_000_000


class RecordTokenHolder(ClusterAction):
    """Records the object that holds a token; of a pod it keeps manifest and logs as files."""

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

    def collect(self, call: Call) -> Mapping[str, bytes]:
        """Keep a pod's manifest and the logs of its containers: both go with it."""
        found = (
            self._holder(call, metadata=False) if call.target.facts["resource"] == "pods" else None
        )
        if found is None:
            return {}
        files = {"pod.json": json.dumps(_without_values(found), indent=2, sort_keys=True).encode()}
        for name in _containers(found):
            for before in (False, True):
                with suppress(ProviderError):  # its reason stands in the observation
                    text = self._text(found, name, before)
                    files[f"{name}{'.previous' if before else ''}.log"] = text.encode()
        return files

    def _pod(self, pod: Data) -> dict[str, Json]:
        spec, status = pod["spec"], pod.get("status") or {}
        images = {c["name"]: c["image"] for c in spec.get("containers") or ()}
        ran = {c["name"]: c.get("imageID") for c in status.get("containerStatuses") or ()}
        return {
            "node": spec.get("nodeName"), "ip": status.get("podIP"), "images": images,
            "image_ids": ran, "logs": {name: self._log(pod, name) for name in _containers(pod)},
        }  # fmt: skip

    def _log(self, pod: Data, container: str) -> Json:
        try:
            text = self._text(pod, container, False)
        except ProviderError as error:
            return {"not read": error.message}
        return {"bytes": len(text.encode()), "sha256": sha256(text.encode()).hexdigest()}

    def _text(self, pod: Data, container: str, previous: bool) -> str:
        about = pod["metadata"]
        path = f"{path_of('pods', about['namespace'], about['name'])}/log"
        more = {"previous": "true"} if previous else {}
        return self._cluster.text(path, container=container, limitBytes=str(_LOG_BYTES), **more)


def _containers(pod: Data) -> list[str]:
    groups = ("initContainers", "containers", "ephemeralContainers")
    return [str(one["name"]) for group in groups for one in pod["spec"].get(group) or ()]


def _without_values(pod: Data) -> Data:
    """Blank the values of variables, which are where secrets stand; names and references stay."""
    found: Data = json.loads(json.dumps(pod))
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for container in found["spec"].get(group) or ():
            for variable in container.get("env") or ():
                if "value" in variable:
                    variable["value"] = REDACTED
    about = found["metadata"].get("annotations") or {}
    about.pop("kubectl.kubernetes.io/last-applied-configuration", None)  # the same once more
    return found
