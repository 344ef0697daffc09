"""What passes through the proxy: a request, its answer, and what is kept of both."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

_SECRET: Final = frozenset({
    "authorization", "cookie", "x-vault-token", "x-amz-security-token", "x-vault-wrap-token",
})  # fmt: skip
_SIGNED_BY: Final = re.compile(r"Credential=([^/,\s]+)")
"""Signature Version 4 signs each request anew; the key that signed is named in clear.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
"""


@dataclass(frozen=True)
class Request:
    """A request as it came in.

    Attributes:
        number: in the order of arrival, from 1.
        path: with the query.
        headers: names in lower case; those that carry secrets are left out.
        who: tells one credential from another, and says nothing about it.
    """

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    who: str

    @property
    def question(self) -> tuple[str, str, bytes, str]:
        """The same for the same question of the same caller."""
        return self.method, self.path, self.body, self.who


@dataclass(frozen=True)
class Answer:
    """An answer; its length is counted anew when it is given."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


@dataclass(frozen=True)
class Seen:
    """What is kept of an exchange; neither headers nor bodies.

    Attributes:
        name: what the proxy's ``name`` calls it.
        upstream: the server's status; ``None`` if it never saw the request.
        answered: the status that the client got; ``None`` if it got none.
        reads: whether it only reads.
    """

    number: int
    method: str
    path: str
    name: str
    upstream: int | None
    answered: int | None
    reads: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the server did it."""
        return self.upstream is not None and self.upstream < 300


Where = Callable[[Request], bool]
"""Picks requests."""


class Dropped(Exception):
    """The client gets no answer: its connection is closed."""


def public(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out the headers that carry secrets."""
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _SECRET}


def caller(headers: Mapping[str, str]) -> str:
    """Tell one credential from another by a digest."""
    held = [value for name, value in sorted(headers.items()) if name.lower() in _SECRET]
    text = "\n".join(held)
    signed = _SIGNED_BY.search(text)
    return sha256((signed[1] if signed else text).encode()).hexdigest()[:12]
