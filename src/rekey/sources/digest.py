"""SHA-256 of inputs, computed when somebody asks: hashing costs as much as reading."""

import hashlib
from pathlib import Path

from rekey.errors import InputError, Place
from rekey.sources.interface import InputFile


def digest(file: InputFile) -> str:
    """Give the SHA-256 of an input's bytes, in hexadecimal.

    Raises:
        InputError: the file can no longer be read.
    """
    if file.sha256 is not None:
        return file.sha256
    try:
        with Path(file.path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"cannot be read again for its digest: {error.strerror}", place=Place(file.path)
        ) from error
