"""What just happened, for somebody who waits: an entry of the journal in words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rekey.journal.interface import Entry

Payload = Mapping[str, Any]

_WORDS: Final[dict[str, Callable[[Payload], str]]] = {
    "control": lambda said: "the credential is accepted, as it should be before the effect",
    "probe_dropped": lambda said: "the credential is not accepted now, so it will prove nothing",
    "intent": lambda said: "about to be done",
    "applied": lambda said: "there already" if said["reconciled"] else (
        "accepted; waiting until it holds everywhere"
    ),
    "throttled": lambda said: f"the provider asks to wait: {said['reason']}",
    "cleared": lambda said: f"ended what an earlier attempt left: {', '.join(said['removed'])}",
    "unclear": lambda said: f"no clear answer, looking again: {said['reason']}",
    "verified": lambda said: f"proven, grade {said['grade']}",
    "residual": lambda said: "done as far as it can be; exposure remains",
    "waiting": lambda said: "waits for its grace time",
    "unproven": lambda said: f"NOT PROVEN: {said['reason']}",
    "refused": lambda said: f"REFUSED: {said['reason']}",
    "failed": lambda said: f"FAILED: {said['reason']}",
    "blocked": lambda said: said["reason"],
    "undo_intent": lambda said: "about to be taken back",
    "undone": lambda said: "taken back",
}  # fmt: skip
"""Kind of entry → words; the others say nothing to whoever waits."""


def entry_line(entry: Entry) -> str | None:
    """Give a line, or ``None`` where there is nothing to say. Text of others is not yet made safe."""
    words = _WORDS.get(entry.kind)
    if words is None or entry.step is None:
        return None
    return f"{entry.time:%H:%M:%S}  {entry.step}  {words(entry.payload)}"
