"""A checkpoint: a head of the journal, signed by a key that does not live beside it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rekey.errors import Place, RekeyError
from rekey.journal.canonical_json import canonical
from rekey.journal.interface import Head
from rekey.journal.ssh_signature import Signer, sign, verify

NAMESPACE: Final = "rekey-checkpoint"


def write_checkpoint(head: Head, key: Path, file: Path) -> None:
    """Sign a head and write it, with its signature beside it in one JSON file.

    Raises:
        SignatureError: as :func:`rekey.journal.ssh_signature.sign`.
        RekeyError: the file cannot be written.
    """
    signature = sign(canonical(head.document()), key, NAMESPACE)
    whole = {"head": head.document(), "namespace": NAMESPACE, "signature": signature}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n", "ascii")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(file)) from error


def read_checkpoint(file: Path, allowed: Path) -> tuple[Head, Signer]:
    """Read a checkpoint and check its signature.

    Raises:
        RekeyError: no checkpoint; SignatureError: not signed by an allowed signer.
    """
    try:
        whole = json.loads(file.read_text("utf-8"))
        head, signature = head_of(whole["head"]), str(whole["signature"])
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be read", place=Place(file)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RekeyError("is no checkpoint of a journal", place=Place(file)) from error
    return head, verify(canonical(head.document()), signature, NAMESPACE, allowed)


def head_of(document: dict[str, Any]) -> Head:
    """Read a head from plain JSON.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return Head(
        str(document["journal"]), int(document["seq"]), str(document["hash"]),
        datetime.fromisoformat(document["time"]), str(document["kind"]), document["run"],
    )  # fmt: skip
