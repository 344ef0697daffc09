"""A checkpoint: a head of the journal, signed by a key that does not live beside it.

One line of canonical JSON, and beside it a signature over the bytes of the file, so that OpenSSH
alone can check it::

    ssh-keygen -Y verify -f allowed_signers -I ada -n rekey-checkpoint -s FILE.sig < FILE
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rekey.errors import Place, RekeyError
from rekey.journal.canonical_json import canonical
from rekey.journal.interface import Head
from rekey.journal.ssh_signature import SignatureError, Signer, sign, verify

NAMESPACE: Final = "rekey-checkpoint"


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
    except (ValueError, KeyError, TypeError) as error:
        raise RekeyError("is no checkpoint of a journal", place=Place(file)) from error
    try:
        signature = _signature_of(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(
            "the signature of the checkpoint cannot be read", place=Place(_signature_of(file))
        ) from error
    return head, verify(content, signature, NAMESPACE, allowed)


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
