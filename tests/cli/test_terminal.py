"""What the command line says itself is shown, and never acted on, by a terminal."""

import pytest

from rekey.cli.terminal import visible


@pytest.mark.parametrize(
    "odd", ["\x1b[31m", "\u2060", "\xad", "\u061c", "\ufff9", "\U000e0041", "\udc80"]
)
def test_what_cannot_be_seen_is_spelled_out(odd: str) -> None:
    assert visible(f"role{odd}a").isprintable()
    assert visible(f"role{odd}a") != visible("rolea")


def test_line_ends_are_kept_where_they_may_be() -> None:
    assert visible("wrong\n\thint") == "wrong  hint"
    assert visible("wrong\n\thint", lines=True) == "wrong\n hint"
