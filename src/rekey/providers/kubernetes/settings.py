"""Options of a connection to a cluster, and of its secret store."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from rekey.providers.declared import Declared, Text


class KubernetesOptions(Declared):
    """One cluster; who we are comes from the kubeconfig, or from the pod that rekey runs in.

    Attributes:
        kubeconfig: else ``KUBECONFIG``, ``~/.kube/config``, or the service account of the pod.
        context: else the current one.
        endpoints: addresses of all API servers, for proofs, because each has a cache of its own;
            else the one of the context.
        propagation_seconds: time after an effect from which checks count.
        token_lifetime_seconds: what a successor token is asked for; the server may give less.
        audit_log: file of the server's audit log, to see a successor used; without it a rotation
            that must see its consumers cannot be planned.
    """

    kubeconfig: Path | None = None
    context: Text | None = None
    endpoints: tuple[Text, ...] = ()
    propagation_seconds: Annotated[int, Field(ge=0, le=600)] = 70
    token_lifetime_seconds: Annotated[int, Field(ge=600)] = 90 * 24 * 3600
    audit_log: Path | None = None


class SecretOptions(Declared):
    """Secrets of one cluster as a secret store.

    Attributes:
        kubeconfig: as for the connection.
        context: as for the connection.
    """

    kubeconfig: Path | None = None
    context: Text | None = None
