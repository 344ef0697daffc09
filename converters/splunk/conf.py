"""Writing Splunk's .conf files.

Source: About configuration files,
https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Aboutconfigurationfiles
"""

from collections.abc import Mapping

from rekey.errors import RekeyError

Stanzas = Mapping[str, Mapping[str, str | int]]
"""Stanza → setting → value, in the order in which they are written."""


def conf(stanzas: Stanzas, comment: str) -> str:
    """Write a configuration file.

    Args:
        stanzas: what it says.
        comment: what it is for, on lines of its own at the top.

    Raises:
        RekeyError: a value that would be read as something else.
    """
    parts = ["".join(f"# {line}\n" for line in comment.splitlines())]
    for name, settings in stanzas.items():
        lines = [f"[{name}]", *(f"{key} = {_value(value)}" for key, value in settings.items())]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _value(value: str | int) -> str:
    """A line that ends in a backslash goes on in the next one."""
    text = str(value)
    lines = text.split("\n")
    if text != text.strip() or any(line.endswith("\\") or "\r" in line for line in lines):
        raise RekeyError("a value of a .conf file would not be read as it was written")
    return " \\\n".join(lines)


def one_line(text: str) -> str:
    """Fold prose into one line."""
    return " ".join(text.split()).rstrip("\\")
