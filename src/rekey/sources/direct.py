"""May a file be scanned as it is? Its beginning decides; the store checks the rest."""

import os
import stat
from glob import has_magic
from pathlib import Path
from typing import Final

import orjson

from rekey.sources.recognise import Recogniser

_SAMPLE: Final = 2**18


def direct_source(named: str, recogniser: Recogniser) -> str | None:
    """Give the source of a plain NDJSON file whose first records are all of one source.

    ``None`` where the tolerant path is to read it: an archive, a wrapped export, a first line that
    is damaged or long, a pipe, or a name that DuckDB would take for a pattern.
    """
    if has_magic(named) or not _is_text(named):
        return None
    try:
        if not stat.S_ISREG(os.stat(named).st_mode):  # noqa: PTH116 (Path.stat is the same call)
            return None
        with Path(named).open("rb") as file:
            sample = file.read(_SAMPLE)
    except OSError:
        return None
    lines = sample.split(b"\n")
    if len(sample) == _SAMPLE:
        lines.pop()  # cut off by us
    sources = {_source(line, recogniser) for line in lines if line.strip()}
    return sources.pop() if len(sources) == 1 else None


def _source(line: bytes, recogniser: Recogniser) -> str | None:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return recogniser.match(record) if isinstance(record, dict) else None


def _is_text(named: str) -> bool:
    try:
        named.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
