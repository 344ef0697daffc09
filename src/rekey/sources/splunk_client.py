"""A connection to Splunk's management port, as the SDK wants it.

The SDK verifies certificates only if told to; here it always is.
"""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from rekey.endpoint import Endpoint
from rekey.errors import Place, RekeyError

if TYPE_CHECKING:
    from splunklib.client import Service

APP: Final = "rekey"
_PORT: Final = 8089
_SECONDS: Final = 300
"""Between two pieces of an answer: a search over weeks may be silent for long."""


def connect(server: Endpoint) -> "Service":
    """Give a client in the context of the app; nothing is sent yet.

    Raises:
        RekeyError: there is no credential, or the address has a path.
    """
    from splunklib.binding import handler
    from splunklib.client import Service

    parts = urlsplit(server.url)
    credential = server.credential
    if parts.path:
        raise RekeyError("Splunk's management port has no path", place=Place(server.url))
    if credential is None or credential.kind == "api_key":
        raise RekeyError(
            "Splunk asks who we are",
            hint="Set SPLUNK_TOKEN, or SPLUNK_USERNAME and SPLUNK_PASSWORD.",
        )
    who: dict[str, object] = {"splunkToken": credential.secret}
    if credential.kind == "basic":
        who = {"username": credential.user, "password": credential.secret, "basic": True}
    return Service(
        handler(timeout=_SECONDS, verify=True, context=server.tls),
        scheme=parts.scheme, host=parts.hostname, port=parts.port or _PORT, owner="nobody", app=APP,
        **who,
    )  # fmt: skip
