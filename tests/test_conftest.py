"""The guard against the network works."""

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("example.com", 443), ("2001:db8::1", 1)])
def test_leaving_the_machine_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as opened, pytest.raises(RuntimeError, match="tried to reach"):
        opened.connect(address)


def test_staying_on_it_is_not() -> None:
    with socket.socket() as listener, socket.socket() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        opened.connect(listener.getsockname())
