"""Options that several commands share."""

import tempfile
from pathlib import Path

import click

from rekey.errors import Place, RekeyError
from rekey.pack import Pack, shipped_pack, user_pack

pack_option = click.option(
    "--pack",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder with your own rules/, fixtures/ and playbooks/, besides the shipped ones. "
    "Can be given several times.",
)

site_option = click.option(
    "--site",
    "site_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What only your site knows: networks, owners, exceptions (docs/site.example.yml).",
)


def all_packs(folders: tuple[Path, ...]) -> list[Pack]:
    """Give the shipped pack and the user's.

    Raises:
        RekeyError: a folder that is no pack.
    """
    return [shipped_pack(), *(user_pack(folder) for folder in folders)]


def check_writable(folder: Path, option: str) -> None:
    """See to it that a folder can be written, or made, before the work and not after it.

    Raises:
        RekeyError: it cannot.
    """
    there = next((each for each in (folder, *folder.parents) if each.exists()), Path())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise RekeyError(
            f"cannot be written: {error.strerror}",
            place=Place(there),
            hint=f"Name a place that you may write to with {option}.",
        ) from error
