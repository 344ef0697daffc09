"""What containing the incident on an emulator takes, and how to get it."""

import shutil
from importlib.util import find_spec
from typing import Final

EXTRA: Final = "demo"
_MODULES: Final = ("boto3", "ministack")


def missing() -> str | None:
    """Say in one line what is not here and how to get it; ``None`` if all is."""
    modules = [name for name in _MODULES if find_spec(name) is None]
    ways = [f"pip install '.[{EXTRA}]' in a checkout of rekey"] if modules else []
    if shutil.which("ssh-keygen") is None:
        modules.append("ssh-keygen")
        ways.append("install OpenSSH (Debian: apt install openssh-client)")
    if not modules:
        return None
    verb = "is" if len(modules) == 1 else "are"
    return f"{_listed(modules)} {verb} not here; get it with: {', then '.join(ways)}"


def _listed(names: list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
