"""Files read side by side: what is packed or wrapped is taken apart by Python, which has one core a process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Final

from rekey.sources.batch import Answer, Batch

# -P: what lies in the folder where a user happens to be is no module of ours.
_COMMAND: Final = ("-P", "-m", "rekey.sources.reading_process")

_Running = list[subprocess.Popen[bytes]]


def cores() -> int:
    """Say on how many cores this process may run; one where no other can be started."""
    if not sys.executable:
        return 1
    allowed = getattr(os, "sched_getaffinity", None)  # macOS and Windows have none
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def answers(batches: Sequence[Batch], progress: Callable[[int], None]) -> list[Answer | None]:
    """Have each batch read by a process of its own.

    Args:
        batches: what to read.
        progress: told the bytes that were read.

    Returns:
        Answers in the order of the batches; ``None`` of a process that failed.
    """
    lock, running = Lock(), _Running()

    def tell(amount: int) -> None:
        with lock:
            progress(amount)

    with ThreadPoolExecutor(max_workers=len(batches)) as pool, _ended(running):
        return list(pool.map(partial(_answer, running=running, progress=tell), batches))


def _answer(batch: Batch, running: _Running, progress: Callable[[int], None]) -> Answer | None:
    try:
        process = subprocess.Popen(  # noqa: S603 - this program itself, no shell
            [sys.executable, *_COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        running.append(process)
        with process, _ended([process]):
            last = _told(process, batch, progress)
            return Answer.model_validate_json(last) if process.wait() == 0 else None
    except (OSError, ValueError):  # it could not start, or answers nonsense
        return None


def _told(process: subprocess.Popen[bytes], batch: Batch, progress: Callable[[int], None]) -> bytes:
    """Give a process its batch, and take what it says; the last line is its answer."""
    assert process.stdin and process.stdout  # noqa: S101 - both are pipes
    process.stdin.write(batch.model_dump_json().encode())
    process.stdin.close()
    last = b""
    for line in process.stdout:
        if line.rstrip().isdigit():
            progress(int(line))
        else:
            last = line
    return last


@contextmanager
def _ended(running: _Running) -> Iterator[None]:
    """Leave no process behind, whatever happens."""
    try:
        yield
    finally:
        for process in running:
            process.kill()
