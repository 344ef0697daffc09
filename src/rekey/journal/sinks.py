"""Heads leave the machine as they happen, so that a shortened journal does not go unnoticed.

A sink that cannot be reached delays nothing that cuts an attacker off; the lag is reported, and
made up with the next entry.
"""

import errno
import json
import os
import socket
from collections.abc import Sequence
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Final

from rekey.journal.anchor import MARK, head_in
from rekey.journal.interface import Head

_TIMEOUT_SECONDS: Final = 3.0
_TAIL: Final = 64_000
"""Bytes at the end of a file in which a last head is looked for first."""


class FileSink:
    """Appends one JSON line for each head; the file belongs on another disk or a log shipper's."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"file {self._path}"

    def ship(self, heads: Sequence[Head]) -> None:
        """Append and wait for the disk; what was torn before stays a line of its own."""
        with self._path.open("ab+") as file:
            torn = b""
            if file.tell():
                file.seek(-1, os.SEEK_END)
                torn = b"" if file.read(1) == b"\n" else b"\n"
            file.write(torn + "".join(line(head) + "\n" for head in heads).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())

    def check(self) -> None:
        """See whether the file, or its folder, can be written."""
        where = self._path if self._path.exists() else self._path.parent
        if not where.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(where))
        if not os.access(where, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(where))

    def last(self) -> Head | None:
        """Read the last head back that it holds."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                for length in (_TAIL, size):
                    file.seek(max(0, size - length))
                    text = file.read().decode("utf-8", "replace")
                    for one in reversed(text.split("\n")):
                        if (head := head_in(one)) is not None:
                            return head
        except FileNotFoundError:
            return None
        return None


class SyslogSink:
    """Sends each head to a syslog daemon (RFC 3164, facility auth).

    Args:
        address: host and port, or the path of a socket such as ``/dev/log``.
        tcp: over TCP; UDP loses messages without a word.
    """

    def __init__(self, address: tuple[str, int] | str, *, tcp: bool = True) -> None:
        self._address, self._kind = address, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM

    @property
    def name(self) -> str:
        """What messages call it."""
        where = self._address if isinstance(self._address, str) else "{}:{}".format(*self._address)
        return f"syslog {where}"

    def check(self) -> None:
        """Connect; over UDP nobody answers, so that this tells nothing there."""
        self._connected().close()

    def last(self) -> Head | None:
        """Nothing can be read back from a daemon."""
        return None

    def ship(self, heads: Sequence[Head]) -> None:
        """Send one message for each head."""
        priority = SysLogHandler.LOG_AUTH << 3 | SysLogHandler.LOG_NOTICE
        with self._connected() as connection:
            for head in heads:
                message = f"<{priority}>{MARK}{line(head)}\n"
                connection.sendall(message.encode("ascii"))

    def _connected(self) -> socket.socket:
        if isinstance(self._address, str):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        else:
            connection = socket.socket(_family(self._address), self._kind)
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection


class HttpSink:
    """Posts heads as NDJSON, to a collector such as Splunk's raw HEC endpoint or an ingest node.

    Args:
        url: where to; ``https`` except on this machine.
        authorization: value of the header, if it needs one; it stays in memory.
    """

    def __init__(self, url: str, authorization: str | None = None) -> None:
        self._url, self._authorization = url, authorization

    @property
    def name(self) -> str:
        """What messages call it; without the query, which may hold a token."""
        return f"http {self._url.partition('?')[0]}"

    def check(self) -> None:
        """Ask for nothing, and see an answer: many collectors take posts only, and say so."""
        if (status := self._asked("HEAD", None)) >= 500:
            raise OSError(f"answered {status}")

    def last(self) -> Head | None:
        """Nothing can be read back from a collector."""
        return None

    def ship(self, heads: Sequence[Head]) -> None:
        """Post them in one request; any answer but 2xx counts as not delivered."""
        body = "".join(line(head) + "\n" for head in heads).encode("ascii")
        if not 200 <= (status := self._asked("POST", body)) < 300:
            raise OSError(f"answered {status}")

    def _asked(self, method: str, body: bytes | None) -> int:
        from urllib3 import PoolManager, Retry, Timeout
        from urllib3.exceptions import HTTPError

        headers = {"Content-Type": "application/x-ndjson"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        pool = PoolManager(
            retries=Retry(total=1, redirect=0, backoff_factor=0.2),
            timeout=Timeout(_TIMEOUT_SECONDS),
        )
        try:
            return pool.request(method, self._url, body=body, headers=headers).status
        except HTTPError as error:
            # Without its text, which may repeat the address with a token in it.
            raise OSError(f"no answer: {type(error).__name__}") from None
        finally:
            pool.clear()


def line(head: Head) -> str:
    """Write a head as one line of JSON."""
    return json.dumps(head.document(), sort_keys=True)


def _family(address: tuple[str, int]) -> socket.AddressFamily:
    return socket.getaddrinfo(*address)[0][0]
