"""Kubernetes: tokens of service accounts and their rights; Secrets as a secret store."""

from rekey.containment.interface import Provider
from rekey.containment.secret_store import SecretStore
from rekey.containment.target import Facts
from rekey.providers.declared import read_options
from rekey.providers.kubernetes.client import Cluster
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.provider import KubernetesProvider
from rekey.providers.kubernetes.settings import KubernetesOptions, SecretOptions
from rekey.providers.kubernetes.store import ClusterSecretStore

__all__ = ["connect", "open_store"]


def connect(options: Facts) -> Provider:
    """Connect to one cluster; see :class:`rekey.containment.interface.Connect`."""
    found = read_options(KubernetesOptions, "kubernetes", options)
    return KubernetesProvider(Cluster(access(found.kubeconfig, found.context)), found)


def open_store(name: str, options: Facts) -> SecretStore:
    """Write to Secrets; see :class:`rekey.containment.interface.OpenStore`."""
    found = read_options(SecretOptions, "kubernetes", options)
    return ClusterSecretStore(Cluster(access(found.kubeconfig, found.context)), name)
