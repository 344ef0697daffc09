"""What may have been left behind while a service account was abused."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Call, Forecast
from rekey.containment.survey import Finding, Survey
from rekey.providers.action import Surveying
from rekey.providers.kubernetes.account import (
    Account,
    binding_id,
    binding_path,
    last_change,
    younger,
)
from rekey.providers.kubernetes.binding_actions import saved_bindings
from rekey.providers.kubernetes.client import Data, path_of
from rekey.providers.kubernetes.cluster_action import ClusterAction
from rekey.providers.kubernetes.deeds import deeds
from rekey.providers.kubernetes.described import BINDINGS, RBAC, RUN, SURVEYED, TOKENS, spec
from rekey.providers.kubernetes.legacy import TYPE

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
        [*(f"list {one}" for one in (*_IN_NAMESPACE, *_EVERYWHERE, _REQUESTS)), "list secrets",
         *(f"get {one}" for one in BINDINGS)],
        "rbac/", propagation=SURVEYED, mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """The server does not say who made an object; the audit log does."""
        because = (
            "objects carry their age and not their maker, so that others' work is listed too; by "
            "the audit log also whatever its tokens wrote anywhere"
        )
        if self._options.audit_log is None:
            because = (
                "objects carry their age and not their maker, so that others' work is listed too; "
                "what its tokens wrote later than the case, outside of rights and of its own "
                "namespace, only the audit log tells: options.audit_log"
            )
        return Forecast(Grade.B, because)

    def survey(self, call: Call) -> Survey:
        """List what was made, changed, taken away by us and written since."""
        found = [*self._objects(call), *self._taken(call), *self._deeds(call)]
        return Survey(list({one.id: one for one in found}.values()))

    def _objects(self, call: Call) -> Iterator[Finding]:
        account = self._account(call)
        taken = {binding_id(one): one for one in saved_bindings(call) or ()}
        for resource, item in self._looked_at(account):
            about = item["metadata"]
            id = "/".join(filter(None, (resource, about.get("namespace"), about["name"])))
            marked = (about.get("annotations") or {}).get(RUN) == call.run
            if marked and (id in taken or about["name"] == account.name):
                continue  # anybody can write our mark elsewhere
            if _since(about["creationTimestamp"], call.since):
                yield Finding(id, f"{id}, made since")
            elif resource not in _EVERYWHERE or not _since(last_change(item), call.since):
                continue
            elif id not in taken or not self._as_we_left_it(taken[id], account):
                yield Finding(id, f"{id}, changed since")

    def _as_we_left_it(self, saved: Data, account: Account) -> bool:
        """Say whether a binding that we took the account out of is the same otherwise."""
        found = self._cluster.read(binding_path(saved)) or {}
        others = [one for one in saved["subjects"] if not account.is_subject(one)]
        return found.get("roleRef") == saved["roleRef"] and found.get("subjects") == others

    def _taken(self, call: Call) -> Iterator[Finding]:
        """What we took away ourselves, so that no list shows it any more."""
        for one in saved_bindings(call) or ():
            if younger(one, call.since):
                what = f"{binding_id(one)}, made or changed since, to {one['roleRef']['name']}"
                yield Finding(binding_id(one), what)

    def _deeds(self, call: Call) -> Iterator[Finding]:
        if self._options.audit_log is not None and call.since is not None:
            names = {*call.suspects, self._account(call).identity}
            yield from deeds(self._options.audit_log, names, call.since)

    def _looked_at(self, account: Account) -> Iterator[tuple[str, Data]]:
        for resource in (*_IN_NAMESPACE, *_EVERYWHERE):
            where = account.namespace if resource in _IN_NAMESPACE else None
            for item in self._cluster.items(path_of(resource, where), metadata=True):
                # What a controller made is told by the object that it made it for.
                if not any(
                    o.get("controller") for o in item["metadata"].get("ownerReferences", ())
                ):
                    yield resource, item
        for item in self._cluster.items(
            path_of("secrets"), metadata=True, fieldSelector=f"type={TYPE}"
        ):
            yield "secrets", item
        for item in self._cluster.items(path_of(_REQUESTS)):
            if item["spec"].get("username") == account.identity:
                yield _REQUESTS, item


def _since(time: object, since: datetime | None) -> bool:
    return since is None or datetime.fromisoformat(str(time)) >= since.replace(microsecond=0)
