"""Kibana's detection API: reading and writing rules.

Sources:
    Detections API, https://www.elastic.co/docs/api/doc/kibana/group/endpoint-security-detections-api
    Update: PUT replaces a rule and deletes what is not given,
    https://www.elastic.co/guide/en/security/8.2/rules-api-update.html
    Find: pages, https://www.elastic.co/guide/en/security/8.2/rules-api-find.html
    API versions, https://www.elastic.co/docs/api/doc/kibana/topic/topic-kibana-apis
"""

from types import TracebackType
from typing import Any, Final, Self

import httpx

from rekey.deploy.errors import Denied, Failed, Rejected, Unreachable
from rekey.endpoint import Endpoint

_RULES: Final = "/api/detection_engine/rules"
_PAGE: Final = 500
_SECONDS: Final = 60
_CONNECT_TRIES: Final = 3
_SAID: Final = 300


class Kibana:
    """A connection to one space.

    Args:
        server: where Kibana is.
        space: the space; ``default`` has no path of its own.
    """

    def __init__(self, server: Endpoint, space: str = "default") -> None:
        self._server = server
        headers = {
            **server.headers,
            "kbn-xsrf": "rekey",  # writes without it are refused
            "elastic-api-version": "2023-10-31",
        }
        self._client = httpx.Client(
            base_url=server.url + ("" if space == "default" else f"/s/{space}"),
            headers=headers,
            timeout=_SECONDS,
            transport=httpx.HTTPTransport(verify=server.tls, retries=_CONNECT_TRIES),
        )

    def __enter__(self) -> Self:
        """Give the connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._client.close()

    def rules(self) -> list[dict[str, Any]]:
        """Read all rules, page by page, oldest first: one that is made meanwhile comes last."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            query = {
                "page": page,
                "per_page": _PAGE,
                "sort_field": "created_at",
                "sort_order": "asc",
            }
            answer = self._call("GET", f"{_RULES}/_find", params=query)
            data, total = answer.get("data"), answer.get("total")
            if not isinstance(data, list) or not isinstance(total, int):
                raise Unreachable(f"what answers at {self._server.url} is no Kibana")
            found += data
            if not data or len(found) >= total:
                return found
            page += 1

    def rule(self, rule_id: str) -> dict[str, Any] | None:
        """Read a rule; ``None`` if there is none."""
        return self._call("GET", _RULES, params={"rule_id": rule_id}, absent=True) or None

    def create(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Make a rule."""
        return self._call("POST", _RULES, json=rule)

    def replace(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Replace a rule, found by its ``rule_id``."""
        return self._call("PUT", _RULES, json=rule)

    def delete(self, rule_id: str) -> None:
        """Delete a rule, if it is there."""
        self._call("DELETE", _RULES, params={"rule_id": rule_id}, absent=True)

    def _call(
        self, method: str, path: str, *, absent: bool = False, **content: Any
    ) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            raise Unreachable(
                f"Kibana at {self._server.url} gave no answer ({type(error).__name__})",
                hint="Nothing is lost: the same command goes on where it stopped.",
            ) from error
        if absent and answer.status_code == httpx.codes.NOT_FOUND:
            return {}
        self._raise_for(answer)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unreachable(f"what answers at {self._server.url} is no Kibana")
        return found

    def _raise_for(self, answer: httpx.Response) -> None:
        code = answer.status_code
        if answer.is_success:
            return
        if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise Denied(
                f"Kibana refused our credential ({code})",
                hint="It needs the privilege Security: All in this space. Set KIBANA_API_KEY, or "
                "KIBANA_USERNAME and KIBANA_PASSWORD.",
            )
        if code == httpx.codes.INTERNAL_SERVER_ERROR and answer.request.method != "GET":
            raise Failed(f"Kibana broke over it ({code}): {_message(answer)}")
        if answer.is_server_error or code == httpx.codes.TOO_MANY_REQUESTS:
            raise Unreachable(
                f"Kibana could not answer ({code})", hint="Wait, and run the same command again."
            )
        raise Rejected(f"Kibana refused it ({code}): {_message(answer)}")


def _message(answer: httpx.Response) -> str:
    """Give what Kibana says is wrong; it repeats names of fields, and never headers."""
    try:
        said = answer.json().get("message", "")
    except (ValueError, AttributeError):
        said = ""
    text = " ".join(str(part) for part in said) if isinstance(said, list) else str(said)
    return text[:_SAID] or "no reason given"
