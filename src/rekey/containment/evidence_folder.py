"""Where files go that were collected before a step destroys what they are about."""

import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from rekey.errors import ExitCode, Place, RekeyError
from rekey.sources.scrub import REDACTED, scrub

_ODD: Final = re.compile(r"[^A-Za-z0-9._-]+")


class EvidenceError(RekeyError):
    """Evidence could not be kept. Its step fails, and the thief is cut off all the same."""

    exit_code = ExitCode.SYSTEM


def keep(
    folder: Path, run: str, step: str, files: Mapping[str, bytes], secrets: Sequence[str]
) -> dict[str, Any]:
    """Write files below ``folder/run/step``, readable by their owner only.

    Args:
        folder: of all evidence.
        run: its id.
        step: id of the step that collected them.
        files: by name.
        secrets: values that this process was given; they and what looks like one are blanked in
            texts, so that the digest is that of the file as it lies there.

    Returns:
        Name → path below ``folder``, SHA-256 and size, for the journal.

    Raises:
        EvidenceError: it cannot be written.
    """
    kept: dict[str, Any] = {}
    for name, content in files.items():
        clean = _clean(content, secrets)
        path = Path(run) / step / (_ODD.sub("_", name).strip(".") or "file")
        try:
            (folder / path.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(folder / path, clean)
        except OSError as error:
            raise EvidenceError(
                error.strerror or "cannot be written",
                place=Place(folder / path),
                hint="`evidence` in the settings says where evidence goes.",
            ) from error
        kept[name] = {
            "path": path.as_posix(), "sha256": sha256(clean).hexdigest(), "bytes": len(clean),
        }  # fmt: skip
    return kept


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _clean(content: bytes, secrets: Sequence[str]) -> bytes:
    text = content.decode("utf-8", "surrogateescape")  # odd bytes stay as they are
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return scrub(text).encode("utf-8", "surrogateescape")
