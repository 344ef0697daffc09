"""What suspect tokens and accounts wrote, by a case's timeline and by the audit log.

Both name a deed alike, so that whoever explains it does so once.
https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from rekey.containment.survey import Finding
from rekey.containment.target import Act
from rekey.providers.audit_log import findings

_READS: Final = frozenset({"get", "list", "watch"})
_ASKING: Final = frozenset({
    "selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews",
    "subjectaccessreviews", "localsubjectaccessreviews", "tokenreviews",
})  # fmt: skip
"""Created to be answered; nothing of them is kept."""

_CREDENTIAL: Final = "authentication.kubernetes.io/credential-id"
_ISSUED: Final = "authentication.kubernetes.io/issued-credential-id"


def deed(act: Act) -> Finding | None:
    """Take every act of a timeline for something left behind that does not only read."""
    return _finding(act.action, act.target or act.event, act.credential, act.minted)


def deeds(log: Path, names: Collection[str], since: datetime) -> Iterator[Finding]:
    """Read what was written with some credentials, or by some accounts.

    Args:
        log: the server's audit log.
        names: ids of credentials (``JTI=…``), and user names.
        since: begin of the abuse.

    Raises:
        Refused: the log cannot be read.
    """
    return findings(log, names, partial(_deed, names, since))


def _deed(names: Collection[str], since: datetime, event: dict[str, Any]) -> Iterator[Finding]:
    user = event["user"]
    held = (user.get("extra") or {}).get(_CREDENTIAL) or ()
    by = next((one for one in (*held, str(user["username"])) if one in names), None)
    done = event["stage"] == "ResponseComplete" and event["responseStatus"]["code"] < 400
    time = datetime.fromisoformat(event["requestReceivedTimestamp"])
    about = event["objectRef"]
    if by is None or not done or time < since:
        return
    what = "/".join(filter(None, (about.get("resource"), about.get("subresource"))))
    target = "/".join(
        filter(None, (about.get("namespace"), about.get("resource"), about.get("name")))
    )
    issued = (event.get("annotations") or {}).get(_ISSUED)
    found = _finding(f"{event['verb']} {what}", target, by, (issued,) if issued else ())
    if found is not None:
        yield found


def _finding(action: str, target: str, by: str, minted: tuple[str, ...]) -> Finding | None:
    verb, _, resource = action.partition(" ")
    if minted:
        return Finding(minted[0], f"token for {target}", by, frozenset(minted))
    if verb in _READS or resource in _ASKING:
        return None
    return Finding(f"{verb}:{resource}:{target}", f"{action} on {target}", by)
