"""Servers that the user names, with credentials from the environment.

The names of the variables are those of Elastic's Terraform provider, and of Splunk's tools:
https://registry.terraform.io/providers/elastic/elasticstack/latest/docs
"""

import os
from pathlib import Path

import click

from rekey.endpoint import Credential, Endpoint, endpoint
from rekey.errors import RekeyError

ca_option = click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Certificates (PEM) to trust instead of the system's.",
)


def server(product: str, url: str, ca: Path | None) -> Endpoint:
    """Give a server with the credential that the environment holds for its product.

    Args:
        product: ``KIBANA``, ``ELASTICSEARCH`` or ``SPLUNK``: the variables begin so.
        url: where it is.
        ca: certificates to trust.

    Raises:
        RekeyError: the address is none, or half a credential is set.
    """
    return endpoint(url, _credential(product), ca)


def _credential(product: str) -> Credential | None:
    token = os.environ.get(f"{product}_TOKEN")
    if token:
        return Credential("bearer", _one_line(token, f"{product}_TOKEN"))
    key = os.environ.get(f"{product}_API_KEY")
    if key:
        return Credential("api_key", _one_line(key, f"{product}_API_KEY"))
    user, password = (os.environ.get(f"{product}_{what}") for what in ("USERNAME", "PASSWORD"))
    if user and password:
        return Credential("basic", password, user)
    if user or password:
        raise RekeyError(f"set both {product}_USERNAME and {product}_PASSWORD")
    return None


def _one_line(secret: str, name: str) -> str:
    """A stray line end would break the header, and be quoted by the library that says so."""
    secret = secret.strip()
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise RekeyError(f"{name} holds no key: it has blanks or odd characters")
    return secret
