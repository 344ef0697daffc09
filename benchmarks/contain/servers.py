"""The servers of the tests, for one measurement."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import pytest

from tests.engines import runs


class Run:
    """Stands for a run of pytest, of which the servers want no more than a place for notes."""

    def __init__(self) -> None:
        self.stash = pytest.Stash()


@contextmanager
def servers() -> Iterator[pytest.Config]:
    """Give what starts servers; end them all afterwards."""
    config = cast(pytest.Config, Run())
    runs.begin(config)
    try:
        yield config
    finally:
        runs.end(config)


Found = TypeVar("Found")


def measured(measure: Callable[[], Found]) -> Found | str:
    """Measure, or say why a server is not here."""
    try:
        return measure()
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        return str(missing.msg)
