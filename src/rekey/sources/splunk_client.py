"""A connection to Splunk's management port, as the SDK wants it.

The SDK verifies certificates only if told to; here it always is.
"""

from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from rekey.endpoint import Endpoint
from rekey.errors import Place, RekeyError
from rekey.sources.live import LiveError

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
        handler=handler(timeout=_SECONDS, verify=True, context=server.tls),
        scheme=parts.scheme, host=parts.hostname, port=parts.port or _PORT, owner="nobody", app=APP,
        **who,
    )  # fmt: skip


def entries(service: "Service", path: str) -> dict[str, dict[str, Any]] | None:
    """Read all entries of a REST collection, or the one that the path names.

    Returns:
        name → settings, with the access list under ``acl``; ``None`` where there is no such path.

    Raises:
        LiveError: refused, or no usable answer.
    """
    answer = fetched(service, path, count=0)
    try:
        if answer is None:
            return None
        return {
            each["name"]: {**each["content"], "acl": each.get("acl", {})}
            for each in answer["entry"]
        }
    except (KeyError, TypeError) as error:
        raise LiveError(_NO_LIST) from error


def fetched(service: "Service", path: str, **given: object) -> dict[str, Any] | None:
    """Ask for one path.

    Args:
        service: the connection.
        path: below the app's context.
        given: parameters.

    Returns:
        the answer; ``None`` where there is no such path, or nothing in it.

    Raises:
        LiveError: refused, or no JSON.
    """
    from splunklib.binding import AuthenticationError, HTTPError

    try:
        text = service.get(path, output_mode="json", **given).body.read()
        found: dict[str, Any] | None = orjson.loads(text) if text else None
        return found
    except AuthenticationError as error:
        raise LiveError(
            "Splunk refused our credential", hint="Is SPLUNK_TOKEN valid, and not expired?"
        ) from error
    except HTTPError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise LiveError(f"Splunk refused to show {path} ({error.status})") from error
    except (OSError, HTTPException) as error:
        raise LiveError(f"Splunk gave no answer ({type(error).__name__})") from error
    except (orjson.JSONDecodeError, TypeError) as error:
        raise LiveError(_NO_LIST) from error


_NO_LIST: Final = "what answers there is no Splunk: it sent no list of entries"
