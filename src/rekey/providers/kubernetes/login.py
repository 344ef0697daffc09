"""Where our own bearer token comes from."""

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

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


class Fixed:
    """A token that stands in the kubeconfig."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def token(self) -> Secret:
        """Give it."""
        return self._token


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


class Program:
    """A token that a program prints, as clouds have it.

    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

    Args:
        named: the ``exec`` part of the kubeconfig's user.
    """

    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named
        self._token, self._until = Secret(""), datetime.min.replace(tzinfo=UTC)

    def token(self) -> Secret:
        """Run it, unless the last answer is good still."""
        if datetime.now(UTC) >= self._until:
            status = self._run()
            if not status.get("token"):
                raise Unreachable(f"{self._named.get('command')} gave no token")
            self._token = Secret(str(status["token"]))
            if end := status.get("expirationTimestamp"):
                self._until = datetime.fromisoformat(str(end)) - _EARLY
        return self._token

    def _run(self) -> Mapping[str, Any]:
        command = [str(self._named.get("command")), *map(str, self._named.get("args") or ())]
        given = {str(one["name"]): str(one["value"]) for one in self._named.get("env") or ()}
        info = {
            "apiVersion": self._named.get("apiVersion"), "kind": "ExecCredential",
            "spec": {"interactive": False},
        }  # fmt: skip
        environment = {**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)}
        try:
            done = subprocess.run(  # noqa: S603 - the user's own kubeconfig names it
                command, env=environment, capture_output=True, check=True, timeout=_SECONDS
            )
            return dict(json.loads(done.stdout).get("status") or {})
        except (OSError, subprocess.SubprocessError, ValueError, AttributeError) as error:
            # What it printed may hold a token, so that only the kind of failure is said.
            raise Unreachable(f"{command[0]} gave no login: {type(error).__name__}") from error
