"""What AWS calls its calls."""

from typing import Final

from tests.faults.exchange import Request

_READ: Final = ("Get", "List", "Describe", "Lookup", "Simulate", "GET ")


def operation(request: Request) -> str:
    """Name a call as AWS does."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    fields = dict(part.partition("=")[::2] for part in request.body.decode().split("&"))
    return fields.get("Action") or f"{request.method} {request.path}"


def reads(request: Request) -> bool:
    """Say whether a call only reads; AWS's names tell."""
    return operation(request).startswith(_READ)
