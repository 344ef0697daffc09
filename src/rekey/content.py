"""Where content is: rules, fixtures and playbooks, in a wheel or in a checkout."""

from pathlib import Path


def content(room: str) -> Path:
    """Give the folder of a room (``rules``, ``fixtures``, ``playbooks``).

    An installed copy carries its content in ``rekey/pack/``; a checkout has it at the top level.
    """
    here = Path(__file__).resolve().parent
    pack = here / "pack" / room
    return pack if pack.is_dir() else here.parents[1] / room
