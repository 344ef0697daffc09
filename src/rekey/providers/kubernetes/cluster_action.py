"""What the actions on a cluster share."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rekey.containment.action_spec import Grade
from rekey.containment.call import Call
from rekey.containment.errors import ProviderError
from rekey.containment.interface import Probe
from rekey.containment.secret import Secret
from rekey.providers.action import ReadBack
from rekey.providers.kubernetes.account import Account, account_of
from rekey.providers.kubernetes.client import Cluster, Data, path_of
from rekey.providers.kubernetes.described import dead_after
from rekey.providers.kubernetes.probe import TokenProbe
from rekey.providers.kubernetes.settings import KubernetesOptions

OFFLINE: Final = (
    "whoever checks its signature alone accepts it: AWS STS, Google and Azure "
    "workload identity, Vault's jwt method, any OpenID Connect relying party; take the account out "
    "of their trust and cut their sessions"
)
SHORTEST: Final = 600
"""Seconds; the server gives no token a shorter life."""


class ClusterAction(ReadBack):
    """An action on a service account or one of its tokens."""

    def __init__(
        self, cluster: Cluster, options: KubernetesOptions, endpoints: Sequence[str]
    ) -> None:
        self._cluster, self._options, self._endpoints = cluster, options, endpoints

    def _account(self, call: Call) -> Account:
        return account_of(call.target)

    def _holder(self, call: Call, *, metadata: bool = True) -> Data | None:
        """Read the Pod or Secret that a token is bound to; another of its name is not it."""
        facts = call.target.facts
        path = path_of(str(facts["resource"]), str(facts["namespace"]), str(facts["name"]))
        found = self._cluster.read(path, metadata=metadata)
        return found if found and found["metadata"]["uid"] == facts["uid"] else None

    def _mint(self, account: Account, seconds: int, bound: Data | None = None) -> Data:
        """Ask for a token; give the status of the answer, with the token in it."""
        spec: Data = {"expirationSeconds": seconds}
        if bound:
            spec["boundObjectRef"] = bound
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return dict(self._cluster.create(f"{account.path}/token", body)["status"])


class Deadly(ClusterAction):
    """An action after which a token is dead, once all caches have forgotten it."""

    def __init__(
        self, cluster: Cluster, options: KubernetesOptions, endpoints: Sequence[str]
    ) -> None:
        super().__init__(cluster, options, endpoints)
        self.spec = replace(self.spec, propagation=dead_after(options.propagation_seconds))

    def probe(self, call: Call) -> Probe | None:
        """Present the token itself, else a sibling."""
        if call.presented is not None:
            return TokenProbe(self._cluster, call.presented, self._endpoints)
        try:
            sibling = self._sibling(call)
        except ProviderError:
            return None
        if sibling is None:
            return None
        return TokenProbe(self._cluster, sibling, self._endpoints, Grade.A_SIBLING)

    @abstractmethod
    def _sibling(self, call: Call) -> Secret | None:
        """Get a token that dies with the same effect."""
