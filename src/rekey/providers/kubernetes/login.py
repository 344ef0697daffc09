"""Where our own bearer token comes from."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from pydantic import AwareDatetime, BaseModel, Field

from rekey.containment.errors import Unreachable
from rekey.containment.secret import Secret

_SECONDS: Final = 60
_EARLY: Final = timedelta(minutes=1)


class Login(Protocol):
    """Gives the token to send now."""

    def token(self) -> Secret:
        """Give it.

        Raises:
            Unreachable: there is none.
        """

    def refused(self) -> None:
        """Hear that the server does not know the token that was sent last."""


class Fixed:
    """A token that stands in the kubeconfig."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def token(self) -> Secret:
        """Give it."""
        return self._token

    def refused(self) -> None:
        """Stay with it: there is no other."""


class FromFile:
    """A token in a file that somebody else renews."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def token(self) -> Secret:
        """Read it again each time."""
        try:
            return Secret(self._path.read_text().strip())
        except OSError as error:
            raise Unreachable(f"{self._path} cannot be read: {error.strerror}") from error

    def refused(self) -> None:
        """Stay with it: the file is read each time."""


class _Variable(BaseModel):
    name: str
    value: str = Field(repr=False)


class Plugin(BaseModel):
    """The ``exec`` part of a kubeconfig's user."""

    command: str
    args: tuple[str, ...] | None = None
    env: tuple[_Variable, ...] | None = None
    apiVersion: str = "client.authentication.k8s.io/v1"


class _Status(BaseModel):
    token: str = Field(default="", repr=False)
    expires: AwareDatetime | None = Field(default=None, alias="expirationTimestamp")


class _Printed(BaseModel):
    status: _Status = _Status()


class Program:
    """A token that a program prints, as clouds have it.

    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

    Args:
        plugin: which program.
        home: the folder of the kubeconfig, from which a relative path leads to the program.
    """

    def __init__(self, plugin: Plugin, home: Path) -> None:
        beside = os.sep in plugin.command and not Path(plugin.command).is_absolute()
        self._command = str(home / plugin.command) if beside else plugin.command
        self._plugin = plugin
        self._last: _Status | None = None

    def token(self) -> Secret:
        """Run it, unless its last answer is good still: without an expiry until it is refused."""
        last = self._last
        if last is None or (last.expires and datetime.now(UTC) >= last.expires - _EARLY):
            last = self._last = self._run()
            if not last.token:
                self._last = None
                raise Unreachable(f"{self._command} gave no token")
        return Secret(last.token)

    def refused(self) -> None:
        """Ask again next time."""
        self._last = None

    def _run(self) -> _Status:
        given = {one.name: one.value for one in self._plugin.env or ()}
        info = {
            "apiVersion": self._plugin.apiVersion, "kind": "ExecCredential",
            "spec": {"interactive": False},
        }  # fmt: skip
        environment = {**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)}
        try:
            done = subprocess.run(  # noqa: S603 - the user's own kubeconfig names it
                [self._command, *(self._plugin.args or ())], env=environment, capture_output=True,
                check=True, timeout=_SECONDS,
            )  # fmt: skip
            return _Printed.model_validate_json(done.stdout).status
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            # What it printed may hold a token, so that only the kind of failure is said.
            raise Unreachable(f"{self._command} gave no login: {type(error).__name__}") from None
