"""The page about rights, written from the actions: ``docs/least-privilege.md``.

``python -m rekey.providers.pages docs`` writes it again after an action has changed.
"""

import ssl
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rekey.containment.action_spec import Permission
from rekey.containment.interface import Provider
from rekey.containment.readiness import by_holder
from rekey.containment.secret_store import SecretStore
from rekey.providers import aws, vault
from rekey.providers.aws.client import opened
from rekey.providers.aws.organization import Organization
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.kubernetes.client import Cluster
from rekey.providers.kubernetes.kubeconfig import Access
from rekey.providers.kubernetes.provider import KubernetesProvider
from rekey.providers.kubernetes.settings import KubernetesOptions
from rekey.providers.kubernetes.store import ClusterSecretStore

_HEAD: Final = """\
# Least privilege

<!-- Written by `python -m rekey.providers.pages docs`; change the actions instead. -->

What the identity that rekey runs as must be allowed, derived from its actions. `rekey doctor --policy` prints these
documents for what your settings connect; `rekey doctor` asks each provider which right is missing for which action,
before the night in which it is needed.

- Give rekey an identity of its own in each account, cluster and Vault, and use it for nothing else. It never acts on
  itself; what else it depends on belongs under `depends_on`.
- Least is not little. Whoever may revoke and issue for every identity can become any of them: guard this identity as an
  administrator's, short-lived and behind your strongest login. rekey's guards bind rekey, not a thief of its credential.
- Narrow the resources to the paths, namespaces and mounts in which you would ever contain something.
- `rekey contain plan` and `rekey doctor` change nothing.
- Secrets are written to a store and never read from it.
"""

_TITLES: Final = {"aws": "AWS", "kubernetes": "Kubernetes", "vault": "Vault and OpenBao"}
_NOTES: Final = {
    "aws": "An IAM policy for a role of the responders. `sts:AssumeRole` is not in it: grant it on "
    "single roles\nwhere a session opened beside the thief's shall prove a cut (grade A-sibling). "
    "Secrets under a key of your own\nneed `kms:Decrypt` and `kms:GenerateDataKey` on it too.",
    "kubernetes": "A ClusterRole. `bind` lets rekey put bindings back without holding their rights; "
    "without it Kubernetes refuses\nwhoever grants what he does not hold. Who acts on single "
    "namespaces needs a Role there, and the cluster-wide reads.",
    "vault": "An ACL policy. The token must have no parent (a login, or `vault token create "
    "-orphan`): Vault does not name the\nparent, so that rekey could not see that it ends itself.",
}
_ABOVE: Final = (
    ", where it is connected; whoever may do this can stop all accounts below, so narrow\n"
    "`Resource` to those in which you would ever contain something:"
)
_LANGUAGES: Final = {"aws": "json", "kubernetes": "yaml", "vault": "hcl"}


def offered() -> list[tuple[Provider, SecretStore]]:
    """Give all providers with their stores, connected to nothing."""
    tls = ssl.create_default_context()
    cluster = Cluster(Access("https://cluster.example.com", None, tls, tls))
    address = "https://vault.example.com"
    account = opened(None, "us-east-1")
    return [
        (AwsProvider(account, AwsOptions(), Organization(account)),
         aws.open_store("aws", {"region": "us-east-1"})),
        (KubernetesProvider(cluster, KubernetesOptions()), ClusterSecretStore(cluster, "secrets")),
        (vault.connect({"address": address, "audit_device": "file"}),
         vault.open_store("vault", {"address": address})),
    ]  # fmt: skip


def page() -> str:
    """Write the page."""
    return "\n".join([_HEAD, *(_section(*one) for one in offered())])


def _section(provider: Provider, store: SecretStore) -> str:
    name, actions = provider.name, sorted(provider.actions(), key=lambda one: one.spec.name)
    own, *others = by_holder(provider).items()
    rows = ["| action | what it does | needs |", "|---|---|---|"]
    for action in actions:
        spec = action.spec
        rows.append(f"| `{spec.name}` | {spec.title} | {_listed(spec.permissions)} |")
    parts = [
        f"## {_TITLES[name]}", _NOTES[name], _document(name, provider.policy(_sorted(own[1]))),
        "For its secret store besides:", _document(name, provider.policy(store.permissions)),
    ]  # fmt: skip
    for holder, needed in others:
        parts += [f"For {holder}{_ABOVE}", _document(name, provider.policy(_sorted(needed)))]
    parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _document(name: str, text: str) -> str:
    return f"```{_LANGUAGES[name]}\n{text.rstrip()}\n```"


def _listed(permissions: Iterable[Permission]) -> str:
    return ", ".join(dict.fromkeys(f"`{one.name}`" for one in permissions))


def _sorted(permissions: Iterable[Permission]) -> Sequence[Permission]:
    return sorted(permissions, key=lambda one: (one.name, one.resource))


def write(docs: Path) -> None:
    """Write the page into a folder."""
    (docs / "least-privilege.md").write_text(page(), "utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
