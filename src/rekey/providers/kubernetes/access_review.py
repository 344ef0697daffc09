"""What we may do, as the API server judges it."""

from typing import Any, Final

from rekey.containment.action_spec import Permission
from rekey.providers.kubernetes.client import Cluster

ASKS: Final = "create selfsubjectaccessreviews.authorization.k8s.io"
"""The right to ask, which ``system:basic-user`` grants everybody whom the server knows.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def allowed(
    cluster: Cluster, right: Permission, namespace: str = "", name: str = ""
) -> bool | None:
    """Say whether we hold a right; ``None`` if an authorizer failed, and no other one allows it.

    https://kubernetes.io/docs/reference/kubernetes-api/definitions/subject-access-review-v1-authorization/

    Args:
        cluster: which is asked.
        right: such as ``patch secrets``.
        namespace: in this one alone, else in all.
        name: on this object alone, else on all. A right to create is asked for without: RBAC does
            not know the name of what is being made.
            https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources

    Raises:
        Denied: we may not ask.
    """
    verb, resource, part, group = parts(right)
    attributes = {
        "verb": verb, "resource": resource, "subresource": part, "group": group,
        "namespace": namespace, "name": name,
    }  # fmt: skip
    body: dict[str, Any] = {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }  # fmt: skip
    status = cluster.ask(_REVIEWS, body)["status"]
    if status.get("allowed"):
        return True
    return None if status.get("evaluationError") else False


def parts(permission: Permission) -> tuple[str, str, str, str]:
    """Take ``create serviceaccounts/token`` or ``get roles.rbac.authorization.k8s.io`` apart."""
    verb, _, rest = permission.name.partition(" ")
    plural, _, group = rest.partition(".")
    resource, _, part = plural.partition("/")
    return verb, resource, part, group
