"""What the calls to an API server mean."""

from tests.faults.exchange import Request

_QUESTIONS = ("selfsubjectreviews", "tokenreviews", "selfsubjectaccessreviews")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def operation(request: Request) -> str:
    """Name a call: verb, resource and name, without the namespace."""
    resource, name = _parts(request)
    if request.method == "GET":
        return f"{'get' if name else 'list'} {resource}"
    return f"{_VERBS[request.method]} {resource}{f'/{name}' if name else ''}"


def reads(request: Request) -> bool:
    """Say whether a call only reads."""
    return request.method == "GET" or _parts(request)[0] in _QUESTIONS


def _parts(request: Request) -> tuple[str, str]:
    """Take ``/apis/GROUP/v1/namespaces/NS/RESOURCE/NAME/SUB`` apart."""
    parts = request.path.partition("?")[0].strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return rest[0], "/".join(rest[1:])
