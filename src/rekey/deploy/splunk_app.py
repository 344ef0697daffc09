"""The app that ``rekey build splunk`` wrote, as Splunk would read it."""

import re
import tarfile
from configparser import Error as ConfError
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rekey.errors import Place, RekeyError

Stanzas = dict[str, dict[str, str]]

_LARGEST: Final = 2**24
_HINT: Final = "`rekey build splunk` writes it; --package names its folder."
_GOES_ON: Final = re.compile(r"\\\n")


@dataclass(frozen=True)
class App:
    """An app file."""

    file: Path
    version: str
    searches: Stanzas
    macros: Stanzas
    collections: Stanzas


def read_app(folder: Path) -> App:
    """Read the one app file of a folder.

    Raises:
        RekeyError: there is none, or more than one, or it is damaged.
    """
    files = sorted(folder.glob("rekey-*.tgz"))
    if len(files) != 1:
        many = "holds more than one app" if files else "holds no app"
        raise RekeyError(many, place=Place(folder), hint=_HINT)
    try:
        with tarfile.open(files[0]) as archive:
            return App(
                files[0],
                _conf(archive, "app")["launcher"]["version"],
                _conf(archive, "savedsearches"),
                _conf(archive, "macros"),
                _conf(archive, "collections"),
            )
    except (tarfile.TarError, OSError, EOFError, KeyError, ConfError, UnicodeDecodeError) as error:
        raise RekeyError("is no app of ours", place=Place(files[0]), hint=_HINT) from error


def _conf(archive: tarfile.TarFile, name: str) -> Stanzas:
    member = archive.getmember(f"rekey/default/{name}.conf")
    content = archive.extractfile(member)
    if content is None or member.size > _LARGEST:
        raise KeyError(name)
    parser = RawConfigParser(
        delimiters=("=",), comment_prefixes=("#",), default_section="", strict=True
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign] # the documented way
    # A line that ends in a backslash goes on: for this parser, the next one is indented.
    parser.read_string(_GOES_ON.sub("\n\t", content.read().decode()))
    return {stanza: dict(parser[stanza]) for stanza in parser.sections()}
