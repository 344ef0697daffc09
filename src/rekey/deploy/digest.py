"""Digests of what JSON can hold."""

import hashlib

import orjson


def digest(value: object) -> str:
    """Sum up a value; equal values give equal digests, whatever the order of keys."""
    packed = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(packed).hexdigest()[:32]
