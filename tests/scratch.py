"""Where tests put their files: in memory, where there is room.

Journals, state files and servers wait for the disk at every entry; on some machines that is a third
of the suite's time. ``TMPDIR`` says otherwise.
"""

import os
import re
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - temporary folders are made in it, as in /tmp
ROOM: Final = 4 << 30
"""Bytes that must be free in it, and of memory at large."""


def roomy(folder: Path = MEMORY, room: int = ROOM) -> bool:
    """Say whether a folder can take what tests write: programs run from there as well."""
    if _available() < room or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return False
    there = os.statvfs(folder)
    return not there.f_flag & os.ST_NOEXEC and there.f_bavail * there.f_frsize >= room


def _available() -> int:
    """Bytes of memory that could be had, those of caches among them; Linux alone says so."""
    try:
        told = Path("/proc/meminfo").read_text()
    except OSError:
        return 0
    found = re.search(r"^MemAvailable: +(\d+) kB$", told, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def move_to_memory() -> None:
    """Have temporary folders made in memory, here and in every process that is started."""
    if "TMPDIR" not in os.environ and roomy():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = str(MEMORY)
