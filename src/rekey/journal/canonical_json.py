"""Canonical JSON: equal values give equal bytes, so that a digest over them means something.

Keys sorted, no spaces, ASCII only, no floating-point surprises (NaN and infinities are refused).
Floats are refused too: their text differs between languages, and a reader in another one should
come to the same digest. Within these limits the bytes equal those of RFC 8785 for ASCII keys,
except that characters beyond ASCII are escaped.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256


def canonical(value: object) -> bytes:
    """Write a value of plain JSON types.

    Raises:
        TypeError: a float, a key that is no text, or a type that JSON lacks.
    """
    _refuse_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def digest(value: object) -> str:
    """Give the SHA-256 of a value's canonical JSON, in hex."""
    return sha256(canonical(value)).hexdigest()


def _refuse_floats(value: object) -> None:
    if value is None or isinstance(value, str | int):
        return  # nearly all that there is, told first because cases are large
    if isinstance(value, float):
        raise TypeError("canonical JSON has no floats: write the number as text or in a finer unit")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("keys of canonical JSON are text")
            _refuse_floats(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            _refuse_floats(inner)
