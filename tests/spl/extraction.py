"""Fields of a JSON event, as search-time extraction with ``KV_MODE = json`` names them.

Nested keys are joined with dots, and an array adds ``{}`` to its key; numbers and truth values
become text. Sources: ``KV_MODE`` in
https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Propsconf and the field names in
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Spath.
"""

import json
from collections.abc import Iterator

from tests.spl.reading import Reading
from tests.spl.values import Row, Scalar, from_several


def extract(raw: str, reading: Reading) -> Row:
    """Turn a JSON event into its fields, ``_raw`` among them."""
    # Numbers keep the text in which they were written.
    document = json.loads(raw, parse_int=str, parse_float=str)
    found: dict[str, list[Scalar]] = {}
    for name, value in _leaves("", document, reading):
        found.setdefault(name, []).append(value)
    row: Row = {name: from_several(values) for name, values in found.items()}
    return {**row, "_raw": raw}


def _leaves(name: str, node: object, reading: Reading) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(f"{name}.{key}" if name else key, value, reading)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(f"{name}{{}}", value, reading)
    elif node is None:
        if reading.null_is_text:
            yield name, "null"
    elif isinstance(node, bool):
        yield name, "true" if node else "false"
    elif node != "" or reading.empty_is_text:
        yield name, str(node)
