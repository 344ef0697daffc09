"""Servers that are one program: where they are, and unpacking those that come packed."""

import fcntl
import lzma
import os
import shutil
from pathlib import Path

from tests.engines.found import cache, find, missing


def binary(name: str) -> Path:
    """Give a server's program, or end the test.

    A folder of :func:`tests.engines.found.folders` holds it as ``bin/NAME``, or packed as
    ``bin/NAME.xz``, which is unpacked into the cache once.
    """
    if (found := find(f"bin/{name}")) is not None:
        return found
    packed = find(f"bin/{name}.xz")
    if packed is None:
        missing(name)
    folder = cache() / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            half = folder / f"{name}.{os.getpid()}"
            with lzma.open(packed) as source, half.open("wb") as target:
                shutil.copyfileobj(source, target)
            half.chmod(0o755)
            half.rename(folder / name)
    return folder / name
