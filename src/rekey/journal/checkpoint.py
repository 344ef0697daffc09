"""A checkpoint: a head of the journal, signed by a key that does not live beside it.

One line of canonical JSON, and beside it a signature over the bytes of the file, so that OpenSSH
alone can check it::

    ssh-keygen -Y verify -f allowed_signers -I ada -n rekey-checkpoint -s FILE.sig < FILE
"""

import json
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rekey.errors import Place, RekeyError
from rekey.journal.canonical_json import canonical
from rekey.journal.interface import Head
from rekey.journal.ssh_signature import SignatureError, Signer, sign, verify

NAMESPACE: Final = "rekey-checkpoint"
_NUMBERED: Final = re.compile(r"-([0-9]{1,15})\.json$")
"""In the name of a checkpoint: the number of its entry."""


def write_checkpoint(head: Head, key: Path, file: Path) -> None:
    """Sign a head, and write it with its signature beside it.

    Raises:
        SignatureError: as :func:`rekey.journal.ssh_signature.sign`.
        RekeyError: the files cannot be written.
    """
    content = canonical(head.document() | {"namespace": NAMESPACE}) + b"\n"
    signature = sign(content, key, NAMESPACE)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _signature_of(file).write_text(signature, "ascii")
        file.write_bytes(content)
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(file)) from error


def is_checkpoint(text: str) -> bool:
    """Say whether a text claims to be a checkpoint, and no mere list of heads."""
    return f'"namespace":"{NAMESPACE}"' in text


def read_checkpoint(file: Path, allowed: Path) -> tuple[Head, Signer]:
    """Read a checkpoint and check its signature.

    Raises:
        RekeyError: no checkpoint; SignatureError: not signed by an allowed signer.
    """
    try:
        content = file.read_bytes()
        head = head_of(json.loads(content))
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be read", place=Place(file)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RekeyError("is no checkpoint of a journal", place=Place(file)) from error
    try:
        signature = _signature_of(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(
            "the signature of the checkpoint cannot be read", place=Place(_signature_of(file))
        ) from error
    return head, verify(content, signature, NAMESPACE, allowed)


def last_checkpoint(folder: Path, allowed: Path) -> Head | None:
    """Give the head of the last good checkpoint in a folder, as their names count them.

    One that nobody signed who may is passed over: it vouches for nothing.
    """
    try:
        files = [one for one in folder.iterdir() if _NUMBERED.search(one.name)]
    except OSError:
        return None
    for file in sorted(files, key=lambda one: int(_NUMBERED.findall(one.name)[0]), reverse=True):
        with suppress(RekeyError):
            return read_checkpoint(file, allowed)[0]
    return None


def head_of(document: dict[str, Any]) -> Head:
    """Read a head from plain JSON.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return Head(
        str(document["journal"]), int(document["seq"]), str(document["hash"]),
        datetime.fromisoformat(document["time"]), str(document["kind"]), document["run"],
    )  # fmt: skip


def _signature_of(file: Path) -> Path:
    return file.with_name(file.name + ".sig")
