"""The app's icons: a key, drawn by a few circles and lines, written as PNG.

Splunk asks for 36 × 36 pixels and twice that,
https://dev.splunk.com/enterprise/docs/developapps/createapps/addnavsplunkapp
PNG: https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from typing import Final

SIZES: Final = {"": 36, "_2x": 72}
_INK: Final = bytes((0x1F, 0x4E, 0x79, 0xFF))
_CLEAR: Final = bytes(4)


def icon(size: int) -> bytes:
    """Draw the key in a square of ``size`` pixels."""
    rows = (
        b"\0" + b"".join(_INK if _is_key((x + 0.5) / size, (y + 0.5) / size) else _CLEAR
                         for x in range(size))
        for y in range(size)
    )  # fmt: skip
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 9)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _is_key(x: float, y: float) -> bool:
    """Ring on the left, shaft to the right, two teeth below it."""
    ring = 0.11**2 <= (x - 0.3) ** 2 + (y - 0.5) ** 2 <= 0.2**2
    shaft = 0.48 <= x <= 0.92 and 0.45 <= y <= 0.55
    teeth = 0.55 <= y <= 0.68 and (0.7 <= x <= 0.77 or 0.85 <= x <= 0.92)
    return ring or shaft or teeth


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
