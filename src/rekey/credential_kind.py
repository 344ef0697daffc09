"""What kinds of credential are called, for people."""

from typing import Final

KINDS: Final = {
    "aws_access_key": "AWS access key",
    "aws_session_key": "AWS session key",
    "aws_bearer_token": "AWS bearer token",
    "oidc_subject": "OIDC subject",
    "k8s_token": "Kubernetes token",
    "k8s_client_cert": "Kubernetes client certificate",
    "vault_service_token": "Vault service token",
    "vault_batch_token": "Vault batch token",
}

LONG_TERM: Final = ("aws_access_key",)
"""Kinds that are valid until somebody ends them."""

_PREFIXES: Final = {
    "oidc:": "oidc_subject",
    "ASIA": "aws_session_key",
    "AKIA": "aws_access_key",
    "JTI=": "k8s_token",
    "X509SHA256=": "k8s_client_cert",
    # Vault logs accessors as HMACs, and only service tokens have one.
    "hmac-sha256:": "vault_service_token",
}


def in_words(kind: str | None) -> str:
    """Name a kind; a source's own name for it where we have none."""
    return KINDS.get(kind or "", (kind or "credential").replace("_", " "))


def kind_of(name: str) -> str | None:
    """Tell the kind of a credential by its id, where it was issued and never seen in use."""
    return next((kind for prefix, kind in _PREFIXES.items() if name.startswith(prefix)), None)
