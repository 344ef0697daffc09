"""Who asks and who approves in the demo, with SSH keys that live as long as it."""

import subprocess
from pathlib import Path
from typing import Final

from rekey.errors import RekeyError

REQUESTER: Final = "ada"
APPROVERS: Final = ("bob", "cem")


def make_people(keys: Path, allowed: Path) -> dict[str, Path]:
    """Make a key for each person, and list them as allowed signers.

    Args:
        keys: folder of the private keys; whoever made it removes it.
        allowed: the allowed-signers file to write.

    Returns:
        Name → private key.

    Raises:
        RekeyError: ssh-keygen refuses.
    """
    made, lines = {}, []
    for name in (REQUESTER, *APPROVERS):
        key = keys / name
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)],  # noqa: S607
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RekeyError(f"ssh-keygen: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
        made[name] = key
        lines.append(f"{name} {key.with_suffix('.pub').read_text('ascii').strip()}\n")
    allowed.write_text("".join(lines), "ascii")
    return made
