"""Writing to the journal: what an engine entry holds, and what never gets in.

Three things keep secrets out: providers hand over plain facts and never values; a
:class:`rekey.containment.secret.Secret` does not serialise; and every text passes the scrubber of
the log readers, which knows the shapes of keys and tokens, and the list of the values that this
process itself was given.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Final

from rekey.containment.call import Applied, Check, Observation
from rekey.containment.errors import ProviderError
from rekey.containment.secret import Secret
from rekey.errors import RekeyError
from rekey.journal.interface import Condition, Draft, Entry, Journal
from rekey.sources.scrub import REDACTED, scrub

_TEXT_LIMIT: Final = 4_000
"""Characters of one text; an answer of a provider may be long, and proves nothing by its length."""


class Recorder:
    """Writes entries of one run.

    Args:
        journal: where to.
        run: the run.
        secrets: values that this process was given.
        tell: hears of each entry.
    """

    def __init__(
        self,
        journal: Journal,
        run: str,
        secrets: Sequence[Secret] = (),
        tell: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        self._journal, self._run, self._tell = journal, run, tell
        self._secrets = [secret.reveal() for secret in secrets]

    def write(
        self,
        kind: str,
        payload: Mapping[str, Any] | None = None,
        *,
        step: str | None = None,
        subject: str | None = None,
        due_at: datetime | None = None,
        condition: Condition | None = None,
    ) -> Entry:
        """Write one entry, cleaned.

        Raises:
            JournalError: it could not be written.
        """
        clean = cleaned(dict(payload or {}), self._secrets)
        draft = Draft(kind, clean, self._run, step, subject, due_at)
        entry = self._journal.append(draft, condition)
        self._tell(entry)
        return entry


def cleaned(value: object, secrets: Sequence[str] = ()) -> Any:
    """Give a value as plain JSON without floats and without what looks like a secret.

    Raises:
        TypeError: it holds something that has no place in a journal.
    """
    if isinstance(value, Enum):
        return cleaned(value.value, secrets)
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        text = scrub(value)
        return text if len(text) <= _TEXT_LIMIT else text[:_TEXT_LIMIT] + "…"
    if isinstance(value, Mapping):
        return {cleaned(str(key), secrets): cleaned(one, secrets) for key, one in value.items()}
    if isinstance(value, Sequence | frozenset | set):
        return [cleaned(one, secrets) for one in value]
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int):
        return value
    raise TypeError(f"a {type(value).__name__} does not belong into the journal")


def observed(observation: Observation) -> dict[str, Any]:
    """Give an observation as the journal holds it."""
    return {
        "effect": observation.effect, "ours": observation.ours, "state": dict(observation.state),
        "facts": dict(observation.facts),
    }  # fmt: skip


def observation(payload: Mapping[str, Any]) -> Observation:
    """Read an observation from the journal."""
    return Observation(payload["effect"], payload["state"], payload["ours"], payload["facts"])


def applied(result: Applied) -> dict[str, Any]:
    """Give what was changed as the journal holds it."""
    return {
        "facts": dict(result.facts), "removed": list(result.removed),
        "request_id": result.request_id,
    }  # fmt: skip


def failure(error: RekeyError) -> dict[str, Any]:
    """Give an error as the journal holds it: on one line, with what to do about it."""
    made, removed = (error.made, error.removed) if isinstance(error, ProviderError) else ((), ())
    reason = f"{error.message}. {error.hint}" if error.hint else error.message
    return {
        "reason": " ".join(reason.split()), "error": type(error).__name__, "made": list(made),
        "removed": list(removed),
    }  # fmt: skip


def check(one: Check) -> dict[str, Any]:
    """Give a check as the journal holds it."""
    return {
        "grade": one.grade.value, "endpoint": one.endpoint, "question": one.question,
        "expected": one.expected, "answer": one.answer, "holds": one.holds,
    }  # fmt: skip


def state_digest(value: Mapping[str, Any]) -> str:
    """Give the SHA-256 of collected evidence, by which a copy kept elsewhere is recognised."""
    return sha256(json.dumps(value, sort_keys=True, default=str).encode("utf-8")).hexdigest()


def evidence(state: Mapping[str, Any]) -> dict[str, Any]:
    """Write what was collected as facts of a step."""
    return {"collected": state, "sha256": state_digest(dict(state))}
