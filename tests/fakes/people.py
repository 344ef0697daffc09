"""People with SSH keys, made for one test run."""

import subprocess
from pathlib import Path

from rekey.containment.approval import APPROVAL, REQUEST, UNDO, message
from rekey.containment.plan import Plan
from rekey.journal.ssh_signature import sign


class People:
    """Each name has an Ed25519 key; ``allowed`` lists them."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder, self.allowed = folder, folder / "allowed_signers"
        folder.mkdir(parents=True, exist_ok=True)
        self.allowed.touch()
        self._signatures: dict[tuple[str, str, str], str] = {}
        for name in names:
            self.add(name)

    def add(self, name: str, principals: str | None = None) -> Path:
        key = self.key(name)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True
        )
        self.allow(principals or name, name)
        return key

    def allow(self, principals: str, name: str) -> None:
        public = self.key(name).with_suffix(".pub").read_text().split()[:2]
        with self.allowed.open("a") as file:
            file.write(f"{principals} {' '.join(public)}\n")

    def key(self, name: str) -> Path:
        return self.folder / name

    def request(self, plan: Plan) -> str:
        return self._signed(plan, plan.requester, REQUEST)

    def approval(self, plan: Plan, name: str) -> str:
        return self._signed(plan, name, APPROVAL)

    def undo(self, plan: Plan, name: str) -> str:
        return self._signed(plan, name, UNDO)

    def _signed(self, plan: Plan, name: str, namespace: str) -> str:
        """Sign once: sweeps carry out one plan many times."""
        known = self._signatures
        wanted = (plan.digest, name, namespace)
        if wanted not in known:
            known[wanted] = sign(message(plan), self.key(name), namespace)
        return known[wanted]
