"""A service account, and the bindings that name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rekey.containment.call import Call
from rekey.containment.target import Target
from rekey.providers.kubernetes.client import Cluster, Data, path_of
from rekey.providers.kubernetes.described import BINDINGS, RBAC, RUN

PREFIX: Final = "system:serviceaccount:"

_KINDS: Final = dict(zip(BINDINGS, ("RoleBinding", "ClusterRoleBinding"), strict=True))


@dataclass(frozen=True)
class Account:
    """A service account by its name."""

    namespace: str
    name: str

    @classmethod
    def of(cls, identity: str | None) -> "Account | None":
        """Read a user name; a cluster may stand before it. ``None`` if it is of something else."""
        _, found, rest = (identity or "").partition(PREFIX)
        namespace, colon, name = rest.partition(":")
        return cls(namespace, name) if found and colon and namespace and name else None

    @property
    def identity(self) -> str:
        """Its user name."""
        return f"{PREFIX}{self.namespace}:{self.name}"

    @property
    def path(self) -> str:
        """Its path at the API server."""
        return path_of("serviceaccounts", self.namespace, self.name)

    @property
    def groups(self) -> frozenset[str]:
        """The groups that every account of its namespace is in."""
        everyone = "system:serviceaccounts"
        return frozenset({everyone, f"{everyone}:{self.namespace}", "system:authenticated"})

    def is_subject(self, subject: Mapping[str, Any]) -> bool:
        """Say whether a subject of a binding is this account."""
        if subject.get("kind") == "User":
            return subject.get("name") == self.identity
        own = (subject.get("kind"), subject.get("namespace"), subject.get("name"))
        return own == ("ServiceAccount", self.namespace, self.name)


def account_of(target: Target) -> Account:
    """Give the account that a target belongs to."""
    return Account(str(target.facts["namespace"]), str(target.facts["account"]))


def bindings(cluster: Cluster) -> list[Data]:
    """Give all bindings, as they would be applied again."""
    return [
        _manifest(resource, item)
        for resource in BINDINGS for item in cluster.items(path_of(resource))
    ]  # fmt: skip


def naming(account: Account, found: list[Data]) -> list[Data]:
    """Keep the bindings that name an account."""
    return [one for one in found if any(account.is_subject(s) for s in one.get("subjects") or ())]


def through_groups(account: Account, found: list[Data]) -> list[Data]:
    """Keep those that reach it through a group, but for what Kubernetes gives everybody."""
    return [
        one for one in found
        if not str(one["roleRef"]["name"]).startswith("system:")
        and any(s.get("kind") == "Group" and s.get("name") in account.groups
                for s in one.get("subjects") or ())
    ]  # fmt: skip


def binding_path(binding: Data) -> str:
    """Give the path of a binding."""
    resource = next(name for name, kind in _KINDS.items() if kind == binding["kind"])
    about = binding["metadata"]
    return path_of(resource, about.get("namespace"), str(about["name"]))


def binding_id(binding: Data) -> str:
    """Give the id of a finding about a binding; as surveys name objects."""
    resource = next(name for name, kind in _KINDS.items() if kind == binding["kind"])
    about = binding["metadata"]
    return "/".join(filter(None, (resource, about.get("namespace"), str(about["name"]))))


def younger(binding: Data, since: datetime | None) -> bool:
    """Say whether a saved binding was made or changed since the abuse began.

    One that does not tell counts as young.
    """
    changed = binding.get("changed")
    if since is None or changed is None:
        return since is not None
    return datetime.fromisoformat(str(changed)) >= since.replace(microsecond=0)


def last_change(item: Data) -> str:
    """Give when an object was made or changed last, as its server dates it.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    about = item["metadata"]
    fields = about.get("managedFields") or ()
    times = [
        str(about["creationTimestamp"]),
        *(str(one["time"]) for one in fields if "time" in one),
    ]
    return max(times)


def binding_name(binding: Data) -> str:
    """Give a name that a reader finds it by."""
    about = binding["metadata"]
    return "/".join(filter(None, (str(binding["kind"]), about.get("namespace"), about["name"])))


def restored_in(call: Call, binding: Data) -> bool:
    """Say whether a later step of the same run has put a binding back."""
    return (binding["metadata"].get("annotations") or {}).get(RUN) == call.run


def _manifest(resource: str, item: Data) -> Data:
    about = item["metadata"]
    kept = {key: about[key] for key in ("name", "namespace", "uid") if key in about}
    kept |= {
        "labels": dict(about.get("labels") or {}),
        "annotations": {
            key: value for key, value in (about.get("annotations") or {}).items()
            # A copy of all that stands here already.
            if key != "kubectl.kubernetes.io/last-applied-configuration"
        },
    }  # fmt: skip
    return {
        "apiVersion": f"{RBAC}/v1", "kind": _KINDS[resource], "metadata": kept,
        "roleRef": item["roleRef"], "subjects": list(item.get("subjects") or ()),
        "changed": last_change(item),
    }  # fmt: skip
