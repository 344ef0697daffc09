"""Saying of what a survey found that it is honest: by name, with a reason, signed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rekey.containment.approval import EXPLANATION, NotApproved
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress
from rekey.errors import RekeyError
from rekey.journal.ssh_signature import sign, verify


def statement(plan: Plan, ids: Sequence[str], reason: str) -> bytes:
    """Give what is signed: the plan's digest, the reason on one line, and each id on one.

    By hand: ``ssh-keygen -Y sign -n rekey-explain -f KEY`` over exactly these lines.
    """
    lines = [plan.digest, " ".join(reason.split()), *sorted(set(ids))]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def sign_explanation(plan: Plan, ids: Sequence[str], reason: str, key: Path) -> str:
    """Sign that some findings are honest.

    Raises:
        SignatureError: as :func:`rekey.journal.ssh_signature.sign`.
    """
    return sign(statement(plan, ids, reason), key, EXPLANATION)


def explained(
    run: Progress, ids: Sequence[str], reason: str, signature: str, allowed: Path
) -> dict[str, Any]:
    """Check an explanation; give it as the journal holds it.

    Where the plan needed approvers, its requester does not explain alone what stands in his way.

    Raises:
        RekeyError: no reason, or an id that nothing found has.
        SignatureError, NotApproved: not by somebody who may.
    """
    if not reason.strip():
        raise RekeyError("an explanation needs a reason: it stands in the journal and the report")
    found = {one.id for one in run.findings}
    if unknown := sorted(set(ids) - found):
        raise RekeyError(
            f"nothing unexplained has the id {', '.join(unknown)}",
            hint=f"Unexplained: {', '.join(sorted(found)) or 'nothing'}.",
        )
    signer = verify(statement(run.plan, ids, reason), signature, EXPLANATION, allowed)
    if run.plan.approvers and run.plan.requester in signer.principals:
        raise NotApproved(
            f"{run.plan.requester} asked for the plan: somebody else explains what was found"
        )
    return {
        "ids": sorted(set(ids)), "reason": reason, "by": sorted(signer.principals),
        "signature": signature,
    }  # fmt: skip
