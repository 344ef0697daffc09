"""Lines for DuckDB through a pipe: what is only passed on is never put down on a disk."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final

_BUFFER: Final = 1 << 20


@contextmanager
def piped(lines: Iterable[bytes]) -> Iterator[str]:
    """Give a path under which lines can be read once, while a thread makes them.

    Args:
        lines: each ends with a line feed.

    Raises:
        OSError: as making the lines did.
    """
    reading, writing = os.pipe()

    def write() -> None:
        # Closing writes as well, so that it may find the reader gone.
        with suppress(BrokenPipeError), os.fdopen(writing, "wb", buffering=_BUFFER) as file:
            file.writelines(lines)

    with ThreadPoolExecutor(max_workers=1) as pool:
        written = pool.submit(write)
        try:
            yield f"/dev/fd/{reading}"
        finally:
            os.close(reading)  # whoever still writes stops now
    written.result()
