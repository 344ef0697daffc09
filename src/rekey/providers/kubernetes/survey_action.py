"""What may have been left behind while a service account was abused."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rekey.containment.interface import Call, Forecast, Grade, Phase
from rekey.containment.survey import Finding, Survey
from rekey.providers.action import Surveying
from rekey.providers.kubernetes.account import Account
from rekey.providers.kubernetes.client import Data, path_of
from rekey.providers.kubernetes.cluster_action import ClusterAction
from rekey.providers.kubernetes.described import BINDINGS, RBAC, RUN, TOKENS, spec
from rekey.providers.kubernetes.legacy import token_secrets

_IN_NAMESPACE: Final = (
    "pods", "serviceaccounts", "deployments.apps", "daemonsets.apps", "statefulsets.apps",
    "jobs.batch", "cronjobs.batch",
)  # fmt: skip
_EVERYWHERE: Final = (
    *BINDINGS, f"roles.{RBAC}", f"clusterroles.{RBAC}",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
)  # fmt: skip
_REQUESTS: Final = "certificatesigningrequests.certificates.k8s.io"


class SurveyServiceAccount(ClusterAction, Surveying):
    """Lists what is younger than the abuse: in the account's namespace, and rights everywhere."""

    reads = "objects made since"
    spec = spec(
        "survey_service_account", "Look for objects, rights and certificates made since",
        Phase.SURVEY, TOKENS, ["LIST of workloads, rights, webhooks and certificate requests"],
        [*(f"list {one}" for one in (*_IN_NAMESPACE, *_EVERYWHERE, _REQUESTS)), "list secrets"],
        "rbac/", mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """The server does not say who made an object."""
        because = (
            "objects carry their age and not their maker, so that others' work is listed too; "
            "changed objects, tokens that were minted and other namespaces' workloads are in the log"
        )
        return Forecast(Grade.B, because)

    def survey(self, call: Call) -> Survey:
        """List what was made since."""
        return Survey([Finding(one, one) for one in self._found(call)])

    def _found(self, call: Call) -> Iterator[str]:
        account = self._account(call)
        for resource, item in self._looked_at(account):
            about = item["metadata"]
            name = "/".join(filter(None, (resource, about.get("namespace"), about["name"])))
            ours = (about.get("annotations") or {}).get(RUN) == call.run
            if not ours and _since(item, call.since):
                yield name

    def _looked_at(self, account: Account) -> Iterator[tuple[str, Data]]:
        for resource in (*_IN_NAMESPACE, *_EVERYWHERE):
            where = account.namespace if resource in _IN_NAMESPACE else None
            for item in self._cluster.items(path_of(resource, where), metadata=True):
                # What a controller made is told by the object that it made it for.
                if not any(
                    o.get("controller") for o in item["metadata"].get("ownerReferences", ())
                ):
                    yield resource, item
        for item in token_secrets(self._cluster, account):
            yield "secrets", item
        for item in self._cluster.items(path_of(_REQUESTS)):
            if item["spec"].get("username") == account.identity:
                yield _REQUESTS, item


def _since(item: Data, since: datetime | None) -> bool:
    made = datetime.fromisoformat(str(item["metadata"]["creationTimestamp"]))
    return since is None or made >= since.replace(microsecond=0)
