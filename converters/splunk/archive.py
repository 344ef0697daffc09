"""The app as one file: the same content gives the same bytes."""

import gzip
import io
import tarfile
from collections.abc import Mapping


def archive(files: Mapping[str, bytes], folder: str) -> bytes:
    """Pack files (path within the app → content) under one folder, as ``.tgz``."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in _folders(files, folder):
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for path in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size, entry.mode = len(files[path]), 0o644
            tar.addfile(entry, io.BytesIO(files[path]))
    zipped = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=zipped, mode="wb", compresslevel=9, mtime=0) as out:
        out.write(packed.getvalue())
    return zipped.getvalue()


def _folders(files: Mapping[str, bytes], folder: str) -> list[str]:
    found = {folder}
    for path in files:
        parts = path.split("/")[:-1]
        found |= {"/".join([folder, *parts[: i + 1]]) for i in range(len(parts))}
    return sorted(found)
