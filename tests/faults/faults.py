"""What can go wrong between a client and a server, as data.

A fault wraps the exchange: it may answer without asking the server, change what the server said, or
drop the answer. Several that fit one request wrap each other, the first planned outermost.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal, Protocol

from tests.faults.exchange import Answer, Dropped, Request

Forward = Callable[[], Answer]
"""Asks the server, or the next fault."""

Headers = tuple[tuple[str, str], ...]


class Fault(Protocol):
    """What happens to a request."""

    def apply(self, request: Request, forward: Forward) -> Answer:
        """Give the answer that the client gets.

        Raises:
            Dropped: it gets none.
        """


@dataclass(frozen=True)
class Refuse:
    """Refused before the server sees it: 429 with ``Retry-After``, 403, 503."""

    status: int
    body: bytes = b"{}"
    headers: Headers = (("Content-Type", "application/json"),)

    def apply(self, request: Request, forward: Forward) -> Answer:
        return Answer(self.status, self.body, self.headers)


@dataclass(frozen=True)
class Lie(Refuse):
    """Success, and nothing was done."""

    status: int = 200


@dataclass(frozen=True)
class After:
    """The server did it, and the client gets an error."""

    status: int = 500
    body: bytes = b"{}"

    def apply(self, request: Request, forward: Forward) -> Answer:
        forward()
        return Answer(self.status, self.body)


@dataclass(frozen=True)
class Worded:
    """Answers as the server would word it, for protocols in which that depends on the request.

    Attributes:
        words: gives the answer.
        done: whether the server did it before, and its own answer is lost.
    """

    words: Callable[[Request], Answer]
    done: bool = False

    def apply(self, request: Request, forward: Forward) -> Answer:
        if self.done:
            forward()
        return self.words(request)


@dataclass(frozen=True)
class Hang:
    """The server did it, and the answer never comes: the connection closes.

    Attributes:
        seconds: until it closes; longer than the client's patience, for a timeout.
    """

    seconds: float = 0

    def apply(self, request: Request, forward: Forward) -> Answer:
        forward()
        raise Dropped(self.seconds)


@dataclass(frozen=True)
class Lost:
    """The request never arrives, and no answer comes."""

    def apply(self, request: Request, forward: Forward) -> Answer:
        raise Dropped(0)


@dataclass(frozen=True)
class Stale:
    """After this request a question that was asked before gets the answer from before, at first.

    A question that is new is answered truthfully: nobody knows what the answer was.

    Attributes:
        reads: how often each question gets its old answer.
    """

    reads: int

    def apply(self, request: Request, forward: Forward) -> Answer:
        return forward()


@dataclass(frozen=True)
class Skew:
    """The server's clock, as its ``Date`` header tells it, is off."""

    seconds: float

    def apply(self, request: Request, forward: Forward) -> Answer:
        answer = forward()
        return replace(answer, headers=tuple(map(self._shifted, answer.headers)))

    def _shifted(self, header: tuple[str, str]) -> tuple[str, str]:
        name, value = header
        if name.lower() != "date":
            return header
        then = parsedate_to_datetime(value) + timedelta(seconds=self.seconds)
        return name, format_datetime(then, usegmt=True)


@dataclass(frozen=True)
class Kill:
    """The client's process dies by signal 9, before or after the server acted.

    Attributes:
        pid_of: gives the process; asked when it happens.
    """

    pid_of: Callable[[], int]
    when: Literal["before", "after"] = "before"

    def apply(self, request: Request, forward: Forward) -> Answer:
        if self.when == "after":
            forward()
        os.kill(self.pid_of(), signal.SIGKILL)
        raise Dropped(0)


@dataclass(frozen=True)
class Act:
    """Somebody else acts, before the server sees the request or before its answer goes out."""

    act: Callable[[], object]
    when: Literal["before", "after"] = "before"

    def apply(self, request: Request, forward: Forward) -> Answer:
        if self.when == "before":
            self.act()
        answer = forward()
        if self.when == "after":
            self.act()
        return answer
