"""The title of a case: who did what with which credential, in one line for people in a hurry."""

from collections.abc import Sequence
from typing import Final

from rekey.alert import LEVELS, ActorRef, Alert
from rekey.credential_kind import in_words

PRODUCTS: Final = {
    "aws": "AWS", "github": "GitHub", "kubernetes": "Kubernetes", "vault": "Vault",
}  # fmt: skip
"""What the products that logs come from are called; others by their own name."""

_NAME_LIMIT: Final = 60

_ACCOUNT: Final = "system:serviceaccount:"


def title(alerts: Sequence[Alert]) -> str:
    """Say whose credential was abused, how far it went, and what weighs most.

    ``Fine-grained personal access token of parcel-docs-bot, through GitHub, AWS and Vault: Role
    assumed with a token of a repository that is new to it, and 9 more findings``.

    Args:
        alerts: those of the case, in order of time; at least one.
    """
    opening = next((a for a in alerts if LEVELS.index(a.rule.level) >= 2), alerts[0])
    strongest = max(alerts, key=lambda alert: LEVELS.index(alert.rule.level))
    products = list(dict.fromkeys(product(s) for alert in alerts for s in alert.sources))
    far = f", through {_listed(products)}" if len(products) > 1 else ""
    others = len({alert.rule.path for alert in alerts}) - 1
    more = f", and {others} more finding{'s' if others > 1 else ''}" if others else ""
    by = f" (by {name(strongest.actor)})" if _differ(opening, strongest) else ""
    return f"{_whose(opening)}{far}: {strongest.rule.title}{by}{more}"


def _differ(one: Alert, other: Alert) -> bool:
    """Say whether two alerts are of different identities; two logs may name one differently."""
    names = {name(alert.actor) for alert in (one, other) if alert.actor.id}
    return len(names) > 1 and bool(set(one.sources) & set(other.sources))


def product(source: str) -> str:
    """Name the product of a log source."""
    name = source.partition("_")[0]
    return PRODUCTS.get(name, name)


def name(actor: ActorRef) -> str:
    """Name an identity shortly: by its own name, else by the end of its id."""
    text = actor.name or (actor.id or "").rpartition("/")[2] or actor.id
    if not text:
        return "an unknown identity"
    if text.startswith("arn:"):
        text = text.rpartition(":")[2]
    if text.startswith(_ACCOUNT) and text.count(":") == 3:
        text = "service account " + "/".join(text.split(":")[2:])
    return text if len(text) <= _NAME_LIMIT else f"{text[:40]}…{text[-19:]}"


def _whose(alert: Alert) -> str:
    if not alert.credential.id:
        return capitalised(name(alert.actor))
    if alert.credential.kind == "oidc_subject":  # the subject is the name, and its own credential
        return f"Workflow or workload {name(alert.actor)}"
    return f"{capitalised(in_words(alert.credential.kind))} of {name(alert.actor)}"


def capitalised(text: str) -> str:
    """Begin a line with a capital; ids keep theirs."""
    return text[:1].upper() + text[1:] if " " in text else text


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
