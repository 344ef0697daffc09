"""Where a server is, and with what we show who we are: handed down, never read elsewhere.

Secrets come from the environment, which only the command line reads. They stand in no address, no
argument, no message and no file.
"""

import base64
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from rekey.errors import Place, RekeyError


@dataclass(frozen=True)
class Credential:
    """An API key (as Elastic encodes it), a bearer token, or a password with its user."""

    kind: Literal["api_key", "bearer", "basic"]
    secret: str = field(repr=False)
    user: str = ""

    @property
    def header(self) -> str:
        """The value of the header ``Authorization``."""
        if self.kind == "basic":
            pair = f"{self.user}:{self.secret}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return f"{'ApiKey' if self.kind == 'api_key' else 'Bearer'} {self.secret}"


@dataclass(frozen=True)
class Endpoint:
    """A server.

    Attributes:
        url: scheme, host, port and path, without a slash at the end.
        credential: who we are; ``None`` for a server that does not ask.
        ca: a file of certificates to trust instead of the system's.
    """

    url: str
    credential: Credential | None = None
    ca: Path | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say who we are."""
        return {"Authorization": self.credential.header} if self.credential else {}

    @property
    def tls(self) -> ssl.SSLContext:
        """Verification of the server's certificate; it cannot be switched off.

        Raises:
            RekeyError: the file of certificates cannot be used.
        """
        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise RekeyError(
                "holds no certificates that can be used", place=Place(self.ca or ""),
                hint="It must be a PEM file with the certificate of your authority.",
            ) from error  # fmt: skip


def endpoint(url: str, credential: Credential | None = None, ca: Path | None = None) -> Endpoint:
    """Check an address.

    Raises:
        RekeyError: it is none, holds a password, or would send a credential over the open network.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise RekeyError("the address of the server cannot be read") from error
    if parts.username is not None or parts.password is not None:
        raise RekeyError(
            "the address holds a user or a password",
            hint="Command lines can be read by others: set the environment variables instead.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise RekeyError(
            f"{url!r} is no address of a server", hint="Write it as https://host:port."
        )
    if parts.scheme == "http" and credential and not is_local(parts.hostname):
        raise RekeyError(
            "a credential would cross the network in clear", place=Place(url), hint="Use https."
        )
    return Endpoint(url.rstrip("/"), credential, ca)


def is_local(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
