"""Death by signal 9 at a chosen point of a run, in a process of its own."""

import os
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rekey.journal.interface import Condition, Draft, Entry, Head, Journal


class Killer:
    """Counts points, and kills its own process at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.count, self._at = 0, at
        self.names: list[str] = []

    def point(self, name: str) -> None:
        """Pass a point."""
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(name)
        self.count += 1


class DeadlyJournal:
    """A journal with a point before and after each append."""

    def __init__(self, journal: Journal, killer: Killer) -> None:
        self._journal, self._killer = journal, killer

    @property
    def id(self) -> str:
        return self._journal.id

    def append(self, draft: Draft, condition: Condition | None = None) -> Entry:
        self._killer.point(f"before entry {draft.kind}")
        entry = self._journal.append(draft, condition)
        self._killer.point(f"after entry {draft.kind}")
        return entry

    def entries(self, **wanted: Any) -> Iterator[Entry]:
        return self._journal.entries(**wanted)

    def head(self) -> Head | None:
        return self._journal.head()

    def unshipped(self) -> Mapping[str, int]:
        return self._journal.unshipped()


def dies(work: Callable[[], object]) -> bool:
    """Do something in a child process; say whether signal 9 ended it."""
    with warnings.catch_warnings():
        # Newer Pythons warn where a test runner has threads; the child uses none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0, "the run failed instead of being killed"
    return False
