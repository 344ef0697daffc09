"""Index templates in Elasticsearch, for logs that are indexed as they are.

Source: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-put-index-template
"""

from typing import TYPE_CHECKING, Any, Final

from rekey.deploy.errors import Denied, Rejected, Unreachable
from rekey.deploy.interface import Body, Live

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

MARK: Final = "for the rules of rekey"
"""Ends the description of our templates."""


class Templates:
    """Reads and writes templates.

    Args:
        client: the connection.
    """

    def __init__(self, client: "Elasticsearch") -> None:
        self._client = client

    def read(self, name: str) -> Live | None:
        """Read a template; ``None`` if there is none."""
        answer = self._call("get_index_template", name=name, flat_settings=True, missing=True)
        found = [each for each in answer.get("index_templates", ()) if each["name"] == name]
        if not found:
            return None
        body = plain(found[0]["index_template"])
        described = (body.get("_meta") or {}).get("description", "")
        return Live(body, str(described).endswith(MARK))

    def write(self, name: str, body: Body) -> Body:
        """Make or replace a template; give it as it is stored."""
        self._call(
            "put_index_template", name=name, index_patterns=body["index_patterns"],
            priority=body["priority"], template=body["template"], meta=body["_meta"],
        )  # fmt: skip
        stored = self.read(name)
        return stored.body if stored else {}

    def remove(self, name: str) -> None:
        """Remove a template, if it is there."""
        self._call("delete_index_template", name=name, missing=True)

    def _call(self, what: str, *, missing: bool = False, **content: Any) -> dict[str, Any]:
        from elasticsearch import ApiError, TransportError

        try:
            answer: dict[str, Any] = dict(getattr(self._client.indices, what)(**content))
            return answer
        except ApiError as error:
            if missing and error.status_code == 404:
                return {}
            if error.status_code in (401, 403):
                raise Denied(
                    f"Elasticsearch refused our credential ({error.status_code})",
                    hint="It needs the cluster privilege manage_index_templates. Set "
                    "ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD.",
                ) from error
            if error.status_code >= 500:
                raise Unreachable(
                    f"Elasticsearch could not answer ({error.status_code})"
                ) from error
            raise Rejected(f"Elasticsearch refused it: {error.error}") from error
        except TransportError as error:
            raise Unreachable(
                f"Elasticsearch gave no answer ({type(error).__name__})",
                hint="Nothing is lost: the same command goes on where it stopped.",
            ) from error


def plain(template: dict[str, Any]) -> Body:
    """Write a template the way Elasticsearch gives it back: settings flat and as text."""
    inner = template.get("template", {})
    settings = {
        name if name.startswith("index.") else f"index.{name}": _text(value)
        for name, value in inner.get("settings", {}).items()
    }
    mappings = dict(inner.get("mappings", {}))
    if "dynamic" in mappings:
        mappings["dynamic"] = _text(mappings["dynamic"])
    return {
        "index_patterns": template.get("index_patterns", []),
        "priority": template.get("priority"),
        "template": {"settings": settings, "mappings": mappings},
        "_meta": template.get("_meta"),
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
