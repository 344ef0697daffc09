"""One cluster as a provider."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import yaml

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Ambiguous, Gone, NotFound, ProviderError, SelfUnknown
from rekey.containment.interface import Action
from rekey.containment.survey import Finding
from rekey.containment.target import Act, BlastRadius, Connection, Facts, Json, Target, Wanted
from rekey.providers.kubernetes.access_review import allowed, parts
from rekey.providers.kubernetes.account import Account, account_of, bindings, naming
from rekey.providers.kubernetes.binding_actions import RestoreBindings, SuspendBindings
from rekey.providers.kubernetes.client import Cluster, Data, path_of
from rekey.providers.kubernetes.cut_actions import (
    DeleteBoundObject,
    DeleteLegacySecret,
    RecreateServiceAccount,
)
from rekey.providers.kubernetes.deeds import deed
from rekey.providers.kubernetes.described import RBAC
from rekey.providers.kubernetes.issue_actions import CREDENTIAL, ConfirmTokenUsed, IssueBoundToken
from rekey.providers.kubernetes.legacy import token_secrets
from rekey.providers.kubernetes.probe import whoami
from rekey.providers.kubernetes.record_action import RecordTokenHolder
from rekey.providers.kubernetes.settings import KubernetesOptions
from rekey.providers.kubernetes.survey_action import SurveyServiceAccount

_RESERVED: Final = ("kube-system", "kube-public", "kube-node-lease")
_CREDENTIAL_ID: Final = "authentication.kubernetes.io/credential-id"
_POD_UID: Final = "authentication.kubernetes.io/pod-uid"

_POWER_VERBS: Final = {"*", "escalate", "bind", "impersonate"}
_POWER_THINGS: Final = {
    "*", "secrets", "pods/exec", "nodes/proxy", "serviceaccounts/token", "roles", "clusterroles",
    "rolebindings", "clusterrolebindings", "certificatesigningrequests/approval",
}  # fmt: skip
"""https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks"""


class KubernetesProvider:
    """See :class:`rekey.containment.interface.Provider`."""

    name = "kubernetes"

    def __init__(self, cluster: Cluster, options: KubernetesOptions) -> None:
        self._cluster, self._options = cluster, options
        self._actions: tuple[Action, ...] = ()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every API server that proofs must cover."""
        return self._options.endpoints or (self._cluster.address,)

    def connection(self) -> Connection:
        """Ask the cluster who and where we are.

        Raises:
            SelfUnknown: it does not say, or knows us as anonymous.
        """
        try:
            user = whoami(self._cluster)
            system = self._cluster.read(path_of("namespaces", None, "kube-system"), metadata=True)
        except ProviderError as error:
            raise SelfUnknown(f"the cluster does not say who we are: {error}") from error
        name = str(user.get("username") or "")
        if not name or name == "system:anonymous":
            raise SelfUnknown("the cluster does not know us: we are anonymous")
        if system is None:
            raise SelfUnknown("the cluster has no namespace kube-system, which would name it")
        extra = user.get("extra") or {}
        names = {name, str(user.get("uid") or ""), *extra.get(_CREDENTIAL_ID, ()),
                 *extra.get(_POD_UID, ())}  # fmt: skip
        return Connection(
            self.name, str(system["metadata"]["uid"]), name, frozenset(names - {""}),
            frozenset(self._options.names), endpoints=self.endpoints,
        )  # fmt: skip

    def locate(self, wanted: Wanted) -> Target:
        """Find what a token is bound to; the server itself keeps no list of tokens.

        The log names the Pod of a token that is bound to one. Secrets that rekey made carry the
        ids of the tokens bound to them. Any other token with an id counts as bound to nothing:
        what ends those ends it too, whatever it is bound to. Tokens of Secrets have no id.

        Raises:
            NotFound: no such account, Pod or Secret. Ambiguous: several token Secrets.
        """
        account = Account.of(wanted.actor)
        if account is None:
            raise NotFound(f"{wanted.actor} is no service account")
        found = self._cluster.read(account.path, metadata=True)
        if found is None:
            raise Gone(f"{account.identity} is gone, and with it every token of it")
        if wanted.bound_to:
            return self._of_pod(account, wanted)
        if not wanted.id.startswith("JTI="):
            return self._legacy(account, wanted)
        for anchor in self._cluster.items(path_of("secrets", account.namespace), metadata=True):
            if (anchor["metadata"].get("annotations") or {}).get(CREDENTIAL) == wanted.id:
                return self._target("kubernetes_bound_token", account, "secrets", anchor)
        return self._target("kubernetes_unbound_token", account, "serviceaccounts", found)

    def _of_pod(self, account: Account, wanted: Wanted) -> Target:
        name = str(wanted.bound_to)
        pod = self._cluster.read(path_of("pods", account.namespace, name))
        if pod is None:
            raise Gone(f"the pod {account.namespace}/{name} is gone, and its tokens with it")
        made = datetime.fromisoformat(str(pod["metadata"]["creationTimestamp"]))
        if wanted.issued_at and wanted.issued_at < made:
            raise Gone(f"the pod {account.namespace}/{name} is younger than the token")
        if pod["spec"].get("serviceAccountName") != account.name:
            raise NotFound(f"the pod {account.namespace}/{name} runs as another account")
        return self._target("kubernetes_bound_token", account, "pods", pod)

    def _legacy(self, account: Account, wanted: Wanted) -> Target:
        found = token_secrets(self._cluster, account)
        named = [one for one in found if str(one["metadata"]["name"]) == wanted.id.split("/")[-1]]
        if len(named or found) > 1:
            names = ", ".join(str(one["metadata"]["name"]) for one in found)
            raise Ambiguous(f"{account.identity} has several token Secrets: {names}")
        if not found:
            raise NotFound(f"{account.identity} has no token Secret")
        return self._target("kubernetes_legacy_token", account, "secrets", (named or found)[0])

    def _target(self, kind: str, account: Account, resource: str, found: Data) -> Target:
        about, own = found["metadata"], found
        if resource != "serviceaccounts":
            own = self._cluster.read(account.path, metadata=True) or {"metadata": {"uid": None}}
        facts: dict[str, Json] = {
            "namespace": account.namespace, "account": account.name,
            "account_uid": own["metadata"]["uid"], "resource": resource, "name": about["name"],
            "uid": about["uid"],
        }  # fmt: skip
        id = f"{resource}/{account.namespace}/{about['name']}"
        aliases = frozenset({str(about["uid"])})
        where, given = self.connection().scope, {"account": account.name, "uid": str(about["uid"])}
        return Target(self.name, where, kind, id, account.identity, aliases, facts, given)

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        """Find a Pod, Secret or account again by its name and uid, and its account.

        Raises:
            Gone: it is no more, or another of its name is there. NotFound: the id is none.
        """
        resource, _, rest = id.partition("/")
        namespace, _, name = rest.partition("/")
        if resource not in ("pods", "secrets", "serviceaccounts") or not namespace or not name:
            raise NotFound(f"{id} is no id of a Pod, Secret or service account")
        found = self._cluster.read(path_of(resource, namespace, name), metadata=resource != "pods")
        if found is None or found["metadata"]["uid"] != given.get("uid"):
            raise Gone(f"{id} of the uid {given.get('uid')} is gone")
        own = found["spec"].get("serviceAccountName") if resource == "pods" else given["account"]
        return self._target(kind, Account(namespace, str(own)), resource, found)

    def trace(self, act: Act) -> Finding | None:
        """Take every act for something left behind that does not only read."""
        return deed(act)

    def actions(self) -> Sequence[Action]:
        """Give all actions."""
        if not self._actions:
            kinds = (
                RecordTokenHolder, SuspendBindings, RestoreBindings, DeleteBoundObject,
                DeleteLegacySecret, RecreateServiceAccount, SurveyServiceAccount, IssueBoundToken,
                ConfirmTokenUsed,
            )  # fmt: skip
            given = (self._cluster, self._options, self.endpoints)
            self._actions = tuple(kind(*given) for kind in kinds)
        return self._actions

    def blast_radius(self, target: Target) -> BlastRadius:
        """Weigh what else breaks: rights are taken from every pod of the account."""
        account, declared = account_of(target), self._options
        try:
            pods = self._cluster.items(path_of("pods", account.namespace))
            callers = sum(one["spec"].get("serviceAccountName") == account.name for one in pods)
        except ProviderError:
            callers = None
        return BlastRadius(
            declared.dependents(target), callers, self._privileged(account),
            declared.in_production(target),
            ("callers: pods of the account; who uses it from outside only the audit log says",),
        )  # fmt: skip

    def _privileged(self, account: Account) -> bool | None:
        try:
            rules = [
                rule for one in naming(account, bindings(self._cluster))
                for rule in self._rules(one)
            ]  # fmt: skip
        except ProviderError:
            return None
        return any(
            _POWER_VERBS & set(rule.get("verbs") or ())
            or _POWER_THINGS & set(rule.get("resources") or ())
            for rule in rules
        )

    def _rules(self, binding: Data) -> list[Data]:
        role = binding["roleRef"]
        where = binding["metadata"].get("namespace") if role["kind"] == "Role" else None
        path = path_of(f"{str(role['kind']).lower()}s.{RBAC}", where, str(role["name"]))
        return list((self._cluster.read(path) or {}).get("rules") or ())

    def protected(self, target: Target) -> str | None:
        """Accounts of the cluster's own namespaces are its controllers'."""
        if target.facts.get("namespace") in _RESERVED:
            return f"the namespace {target.facts['namespace']} belongs to the cluster itself"
        return None

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        """Ask for each, in all namespaces."""
        return {one: allowed(self._cluster, one) for one in permissions}

    def policy(self, permissions: Iterable[Permission]) -> str:
        """Write a ClusterRole."""
        wanted: dict[tuple[str, str], set[str]] = {}
        for one in permissions:
            verb, resource, part, group = parts(one)
            name = f"{resource}/{part}" if part else resource
            wanted.setdefault((group, name), set()).add(verb)
        # Who we are talking to is told by this namespace.
        wanted.setdefault(("", "namespaces"), set()).add("get")
        rules = [
            {"apiGroups": [group], "resources": [name], "verbs": sorted(verbs)}
            for (group, name), verbs in sorted(wanted.items())
        ]
        role = {
            "apiVersion": f"{RBAC}/v1", "kind": "ClusterRole",
            "metadata": {"name": "rekey"}, "rules": rules,
        }  # fmt: skip
        return yaml.safe_dump(role, sort_keys=False)
