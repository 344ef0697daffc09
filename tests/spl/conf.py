"""Splunk's ``.conf`` files.

https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Howtoeditaconfigurationfile: stanzas in
brackets, ``name = value`` lines, ``#`` comments at the start of a line, and a backslash at the end
of a line that carries the value on to the next one.
"""

from pathlib import Path

Stanzas = dict[str, dict[str, str]]


def read_conf(path: Path) -> Stanzas:
    """Read one file; a file that is missing has no stanzas."""
    stanzas: Stanzas = {}
    if not path.exists():
        return stanzas
    current: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").split("\n"))
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith("["):
            current = stanzas.setdefault(line.strip()[1:-1], {})
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"{path.name}: neither a stanza nor a setting: {line!r}")
        while value.endswith("\\"):
            value = f"{value[:-1]}\n{next(lines)}"
        current[name.strip()] = value.strip()
    return stanzas
