"""SSH signatures: made and checked by OpenSSH, so that agents and hardware keys work.

https://man.openbsd.org/ssh-keygen#Y and https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig.
Only Ed25519 keys are taken (``ssh-ed25519``, and ``sk-ssh-ed25519@openssh.com`` on hardware keys).
"""

import base64
import re
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rekey.errors import ExitCode, Place, RekeyError

_TIMEOUT_SECONDS: Final = 120
"""A person may have to touch a key."""

_GOOD: Final = re.compile(r"^Good \"[^\"]*\" signature for .* with (\S+) key (SHA256:\S+)\s*$")


class SignatureError(RekeyError):
    """A signature could not be made, or is not good."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True)
class Signer:
    """Who made a good signature.

    Attributes:
        principals: all names under which the key stands in the allowed-signers file.
        fingerprint: SHA-256 of the key; two names of one key are one signer.
    """

    principals: frozenset[str]
    fingerprint: str


def sign(message: bytes, key: Path, namespace: str) -> str:
    """Sign with a private key, or with the agent where ``key`` is a public one.

    Raises:
        SignatureError: no OpenSSH, or it refused.
    """
    done = _run(["-Y", "sign", "-q", "-n", namespace, "-f", str(key)], message)
    if done.returncode != 0:
        raise SignatureError(
            "ssh-keygen could not sign with this key",
            place=Place(key),
            hint=_said(done) or "Is it there, is it yours, and does the agent hold it?",
        )
    return done.stdout.decode("ascii", "replace")


def verify(
    message: bytes, signature: str, namespace: str, allowed: Path, place: Place | None = None
) -> Signer:
    """Check a signature against an allowed-signers file; give who made it.

    Args:
        message: what was signed.
        signature: as ``ssh-keygen -Y sign`` writes it.
        namespace: for which it must be.
        allowed: the allowed-signers file.
        place: where the signature was read, for the message.

    Raises:
        SignatureError: not good, not for this namespace, or by nobody who is allowed.
    """
    if not allowed.is_file():
        raise SignatureError("there is no such allowed-signers file", place=Place(allowed))
    with tempfile.TemporaryDirectory(prefix="rekey-") as folder:
        file = Path(folder) / "signature"
        file.write_text(signature, "utf-8")
        found = _run(["-Y", "find-principals", "-s", str(file), "-f", str(allowed)], b"")
        names = [name for name in found.stdout.decode("utf-8", "replace").splitlines() if name]
        # A pattern names nobody: who signed must be a person in the file.
        fingerprints = {
            name: fingerprint
            for name in names
            if not re.search(r"[*?!\s]", name)
            and (fingerprint := _checked(message, file, namespace, allowed, name))
        }
    if not fingerprints:
        raise SignatureError(
            "the signature is not good, or not by an allowed signer",
            place=place,
            hint=f"It must be an Ed25519 signature in the namespace {namespace} over exactly this "
            f"content, by a key that {allowed} lists under a plain name.",
        )
    return Signer(frozenset(fingerprints), next(iter(fingerprints.values())))


def check_tool() -> None:
    """See that OpenSSH signs and checks signatures here, with a key that is thrown away.

    Raises:
        SignatureError: it does not; says why.
    """
    with tempfile.TemporaryDirectory(prefix="rekey-") as folder:
        key, allowed = Path(folder) / "key", Path(folder) / "allowed_signers"
        made = _run(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], b"")
        if made.returncode != 0:
            raise SignatureError("ssh-keygen makes no Ed25519 keys", hint=_said(made))
        allowed.write_text(f"doctor {key.with_suffix('.pub').read_text('ascii')}", "ascii")
        verify(b"test", sign(b"test", key, "test"), "test", allowed)


@dataclass(frozen=True)
class SigningKey:
    """The public key in a signature, whoever it belongs to: ``kind`` as OpenSSH names it."""

    kind: str
    blob: bytes

    @property
    def counts(self) -> bool:
        """Whether signatures with keys of this kind are taken."""
        return self.kind.removeprefix("sk-").startswith("ssh-ed25519")


def key_of(signature: str) -> SigningKey:
    """Read which key made a signature; whether it is good is for :func:`verify` to say.

    https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig: a magic of six bytes, a
    version of four, then the public key, each part of it with its length before it.

    Raises:
        SignatureError: it is no SSH signature.
    """
    body = "".join(line for line in signature.splitlines() if not line.startswith("-----"))
    try:
        raw = base64.b64decode(body, validate=True)
        if raw[:6] != b"SSHSIG":
            raise ValueError("no SSH signature")
        blob = _part(raw, 10)
        return SigningKey(_part(blob, 0).decode("ascii"), blob)
    except (ValueError, struct.error) as error:
        raise SignatureError("this is no SSH signature") from error


def _part(raw: bytes, at: int) -> bytes:
    (length,) = struct.unpack_from(">I", raw, at)
    return raw[at + 4 : at + 4 + length]


def _checked(
    message: bytes, signature: Path, namespace: str, allowed: Path, name: str
) -> str | None:
    """Give the fingerprint of the key if the signature is good for this name."""
    arguments = ["-Y", "verify", "-n", namespace, "-I", name, "-s", str(signature)]
    done = _run([*arguments, "-f", str(allowed)], message)
    said = _GOOD.match(done.stdout.decode("utf-8", "replace").strip())
    if done.returncode != 0 or said is None or "ED25519" not in said[1].upper():
        return None
    return said[2]


def _run(arguments: list[str], message: bytes) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["ssh-keygen", *arguments],  # noqa: S607 - found on the path, as the user's ssh is
            input=message, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise SignatureError(
            "ssh-keygen is not on the path", hint="Install OpenSSH 8.2 or newer."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SignatureError("ssh-keygen did not answer in time") from error


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    return done.stderr.decode("utf-8", "replace").strip()[:300]
