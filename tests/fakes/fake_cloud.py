"""A fake cloud for tests of the engine. It is no emulation of any vendor.

It issues real (random) secrets, enforces them, and keeps its state in a file, so that it survives
the death of the process that uses it. Authorisation lags behind the control plane by ``lag``
seconds, as it does in the large clouds. Faults are set for each operation::

    lost      the change is made, and the answer never arrives
    timeout   nothing is changed, and no answer arrives
    throttle  nothing is changed
    lie       an answer of success, and nothing is changed
    deny      nothing is changed: the caller lacks the right
"""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rekey.containment.errors import Denied, Refused, Throttled, Unclear, Unreachable

ACCOUNT = "fake-111122223333"
EPOCH = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
KEYS_AT_MOST = 2


class FakeCloud:
    """Users with keys, sessions minted from keys, session cut-offs, and a secret store."""

    def __init__(self, file: Path, point: Callable[[str], None] = lambda name: None) -> None:
        self._file, self._point = file, point
        self.adversary: Callable[[FakeCloud, str], None] | None = None
        self._busy = False
        if file.exists():
            self._s: dict[str, Any] = json.loads(file.read_text())
        else:
            self._s = {
                "now": 0.0, "lag": 4.0, "keys": {}, "deleted": {}, "log": [], "sessions": {}, "cutoffs": {},
                "store": {}, "workloads": {}, "faults": {}, "calls": [], "caller": "user/responder",
                "account": ACCOUNT,
            }  # fmt: skip
            self._save()

    # The clock of the world, which the engine uses too.

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._s["now"])

    def sleep(self, length: timedelta) -> None:
        self._s["now"] += max(0.0, length.total_seconds())
        self._save()

    # What tests look at and set.

    @property
    def state(self) -> dict[str, Any]:
        return self._s

    def set(self, **values: Any) -> None:
        self._s.update(values)
        self._save()

    def fault(self, operation: str, *modes: str) -> None:
        self._s["faults"].setdefault(operation, []).extend(modes)
        self._save()

    def calls(self, operation: str) -> int:
        return int(self._s["calls"].count(operation))

    def active_keys(self, user: str) -> list[str]:
        return [id for id, key in self._s["keys"].items() if key["user"] == user and key["active"]]

    # The control plane: takes effect at once for reads, later for authorisation.

    def locate(self) -> None:
        self._read("locate")

    def list_keys(self, user: str) -> dict[str, dict[str, Any]]:
        self._read("list_keys")
        own = {id: key for id, key in self._s["keys"].items() if key["user"] == user}
        return {id: {"active": key["active"], "created": key["created"]} for id, key in own.items()}

    def create_key(self, user: str) -> tuple[str, str]:
        id, secret = f"FKIA{secrets.token_hex(6).upper()}", secrets.token_urlsafe(24)

        def change() -> None:
            if sum(key["user"] == user for key in self._s["keys"].values()) >= KEYS_AT_MOST:
                raise Refused("LimitExceeded: the user has two keys")
            self._s["keys"][id] = {
                "user": user, "secret": secret, "active": True, "created": self.now().isoformat(),
            }  # fmt: skip
            self._log("key", id, True)

        self._write("create_key", change)
        return id, secret

    def update_key(self, user: str, id: str, active: bool) -> None:
        def change() -> None:
            self._key(user, id)["active"] = active
            self._log("key", id, active)

        self._write("update_key", change)

    def delete_key(self, user: str, id: str) -> None:
        def change() -> None:
            # Its deletion, too, takes a while to reach everybody who authorises.
            self._s["deleted"][id] = self._key(user, id)
            del self._s["keys"][id]
            self._log("key", id, False)

        self._write("delete_key", change)

    def put_cutoff(self, user: str, name: str, time: datetime) -> None:
        def change() -> None:
            self._s["cutoffs"].setdefault(user, {})[name] = time.isoformat()
            self._log("cutoff", user, time.isoformat())

        self._write("put_cutoff", change)

    def get_cutoffs(self, user: str) -> dict[str, str]:
        self._read("get_cutoffs")
        return dict(self._s["cutoffs"].get(user, {}))

    def delete_cutoff(self, user: str, name: str) -> None:
        def change() -> None:
            self._s["cutoffs"].get(user, {}).pop(name, None)
            self._log("cutoff", user, None)

        self._write("delete_cutoff", change)

    def put_secret(self, path: str, marker: str, value: str) -> str:
        version = secrets.token_hex(4)

        def change() -> None:
            versions = self._s["store"].setdefault(path, [])
            versions.append({"version": version, "marker": marker, "value": value})

        self._write("put_secret", change)
        return version

    def find_secret(self, path: str, marker: str) -> str | None:
        self._read("find_secret")
        found = [v for v in self._s["store"].get(path, []) if v["marker"] == marker]
        return found[-1]["version"] if found else None

    def restore_secret(self, path: str, marker: str) -> None:
        """Make the value current again that stood there before the one with this marker."""

        def change() -> None:
            versions = self._s["store"].get(path, [])
            at = next((i for i, one in enumerate(versions) if one["marker"] == marker), None)
            if at is None or (at and versions[-1] == versions[at - 1]):
                return
            if at != len(versions) - 1 or not at:
                raise Refused(f"somebody wrote to {path} since, or nothing was there before")
            versions.append(versions[at - 1])

        self._write("restore_secret", change)

    def restart_workloads(self, path: str) -> None:
        def change() -> None:
            for workload in self._s["workloads"].values():
                if workload["path"] == path:
                    workload["value"] = self._s["store"][path][-1]["value"]

        self._write("restart_workloads", change)

    def caller(self) -> str:
        self._read("caller")
        return str(self._s["caller"])

    # The data plane: what an attacker, a workload or a probe does with a credential.

    def mint_session(self, credential: str) -> str:
        """Credentials are ``id:secret`` of a key; gives the id of a session, which is its secret."""
        user = self._authorised(credential)
        if user is None:
            raise Refused("InvalidClientTokenId")
        id = f"FSIA{secrets.token_hex(8).upper()}"
        self._s["sessions"][id] = {"user": user, "issued": self.now().isoformat()}
        self._save()
        return id

    def sessions(self) -> list[str]:
        self._read("sessions")
        return list(self._s["sessions"])

    def end_session(self, id: str) -> None:
        def change() -> None:
            self._s["sessions"].pop(id, None)

        self._write("end_session", change)

    def use(self, credential: str) -> str:
        """Call something harmless that the user may do; the answer is its code."""
        self._read("use")
        return "OK" if self._authorised(credential) else "Rejected"

    def workloads_ok(self, path: str) -> dict[str, bool]:
        own = {n: w for n, w in self._s["workloads"].items() if w["path"] == path}
        return {name: self._authorised(one["value"]) is not None for name, one in own.items()}

    def _authorised(self, credential: str) -> str | None:
        """Decide by the state as it was ``lag`` seconds ago."""
        then = self._s["now"] - self._s["lag"]
        if session := self._s["sessions"].get(credential):
            cutoff = self._as_of("cutoff", session["user"], then)
            return None if cutoff and session["issued"] < cutoff else session["user"]
        id, _, secret = credential.partition(":")
        for known in (self._s["keys"], self._s["deleted"]):
            key = known.get(id)
            if key and key["secret"] == secret:
                return key["user"] if self._as_of("key", id, then) else None
        return None

    def _as_of(self, what: str, id: str, then: float) -> Any:
        values = [v for w, i, at, v in self._s["log"] if (w, i) == (what, id) and at <= then]
        first = [v for w, i, _, v in self._s["log"] if (w, i) == (what, id)]
        # Before its first change reached everybody, a new key works already: keys do so at once.
        return values[-1] if values else (first[0] if what == "key" and first else None)

    def _log(self, what: str, id: str, value: Any) -> None:
        self._s["log"].append([what, id, self._s["now"], value])

    def _key(self, user: str, id: str) -> dict[str, Any]:
        key = self._s["keys"].get(id)
        if key is None or key["user"] != user:
            raise Refused(f"NoSuchEntity: {user} has no key {id}")
        found: dict[str, Any] = key
        return found

    def _read(self, operation: str) -> None:
        self._arrive(operation)
        mode = self._next_fault(operation)
        if mode in ("timeout", "lost"):
            raise Unreachable(f"{operation}: no answer")
        if mode == "throttle":
            raise Throttled(f"{operation}: slow down", timedelta(seconds=2))
        if mode == "deny":
            raise Denied(f"{operation}: not allowed", f"fake:{operation}")

    def _write(self, operation: str, change: Callable[[], None]) -> None:
        self._arrive(operation)
        self._point(f"before {operation}")
        mode = self._next_fault(operation)
        if mode == "throttle":
            raise Throttled(f"{operation}: slow down", timedelta(seconds=2))
        if mode == "deny":
            raise Denied(f"{operation}: not allowed", f"fake:{operation}")
        if mode == "timeout":
            raise Unclear(f"{operation}: no answer")
        if mode != "lie":
            change()
            self._s["calls"].append(f"done {operation}")
        self._save()
        self._point(f"after {operation}")
        if mode == "lost":
            raise Unclear(f"{operation}: no answer")

    def _arrive(self, operation: str) -> None:
        """A call takes time, and the adversary may act before it is served."""
        if self._busy:
            return
        self._s["now"] += 0.05
        self._s["calls"].append(operation)
        self._save()
        if self.adversary is not None:
            self._busy = True
            try:
                self.adversary(self, operation)
            finally:
                self._busy = False

    def _next_fault(self, operation: str) -> str | None:
        if self._busy:
            return None
        waiting = self._s["faults"].get(operation) or []
        mode = waiting.pop(0) if waiting else None
        if mode == "always lie":
            waiting.insert(0, mode)
            mode = "lie"
        if mode is not None:
            self._save()
        return mode

    def _save(self) -> None:
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(self._s))
        partial.replace(self._file)
