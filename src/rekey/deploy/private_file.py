"""Files that hold a site's actions and exceptions: whole or not at all, and for their owner alone."""

import os
import tempfile
from pathlib import Path

from rekey.errors import Place, RekeyError


def write_private(content: bytes, file: Path) -> None:
    """Write a file that only its owner can read, whoever could read an older one of that name.

    A crash leaves the old file or the new one.

    Raises:
        RekeyError: it cannot be written.
    """
    part = None
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name, delete=False) as new:
            part = Path(new.name)  # mode 0600
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        part.replace(file)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise RekeyError(f"cannot be written: {error.strerror}", place=Place(file)) from error
