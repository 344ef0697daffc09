"""Who asked for a plan, and who approved it: signatures over its digest, counted by people."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from rekey.containment.plan import Plan
from rekey.errors import ExitCode, RekeyError
from rekey.journal.ssh_signature import SignatureError, Signer, sign, verify

REQUEST: Final = "rekey-request"
APPROVAL: Final = "rekey-plan"
UNDO: Final = "rekey-undo"
EXPLANATION: Final = "rekey-explain"
"""Namespaces of the signatures, so that none can be passed off as another."""


class NotApproved(RekeyError):
    """A plan lacks what it needs to be carried out."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True)
class Approved:
    """What permits a run.

    Attributes:
        requester: who signed the request.
        approvers: people besides, each counted once.
        override: the reason of a responder who declared an emergency.
        missing: how many approvers it replaces.
    """

    requester: Signer
    approvers: tuple[Signer, ...]
    override: str | None = None
    missing: int = 0

    def names(self) -> list[list[str]]:
        """Give the names of each approver."""
        return [sorted(one.principals) for one in self.approvers]


def message(plan: Plan) -> bytes:
    r"""Give what is signed: the plan's digest in hex and a line end.

    ``printf '%s\n' DIGEST | ssh-keygen -Y sign -n rekey-plan -f KEY`` makes an approval by hand.
    """
    return f"{plan.digest}\n".encode("ascii")


def check_request(plan: Plan, signature: str, allowed: Path) -> Signer:
    """Check that the plan's requester is who he says.

    Raises:
        NotApproved: signed by somebody else; SignatureError: not good.
    """
    signer = verify(message(plan), signature, REQUEST, allowed)
    if plan.requester not in signer.principals:
        raise NotApproved(
            f"the plan names {plan.requester} as its requester, and somebody else signed it"
        )
    return signer


def people(requester: Signer, approvals: Iterable[Signer]) -> tuple[Signer, ...]:
    """Count approvers as people: one key under two names is one, two keys of one name are one.

    The requester is not among them, under whatever name or key.
    """
    names, keys = set(requester.principals), {requester.fingerprint}
    counted = []
    for signer in approvals:
        known = bool(names & signer.principals) or signer.fingerprint in keys
        names |= signer.principals
        keys.add(signer.fingerprint)
        if not known:
            counted.append(signer)
    return tuple(counted)


def approve(
    plan: Plan,
    request: str,
    signatures: Iterable[str],
    allowed: Path,
    now: datetime,
    override: str | None = None,
) -> Approved:
    """Check everything that permits a plan to be carried out.

    Args:
        plan: as it was read.
        request: the requester's signature.
        signatures: the approvers'.
        allowed: the allowed-signers file.
        now: the time.
        override: the reason of an emergency, which replaces approvers that are missing.

    Raises:
        NotApproved: expired, or too few people; SignatureError: the request's is not good.
    """
    if now >= plan.expires:
        raise NotApproved(
            f"the plan expired at {plan.expires:%Y-%m-%d %H:%M} UTC",
            hint="Make a new one: the world may have changed since.",
        )
    requester = check_request(plan, request, allowed)
    approvers = people(requester, good_approvals(plan, signatures, allowed))
    missing, reason = max(0, plan.approvers - len(approvers)), (override or "").strip()
    if missing and not reason:
        raise NotApproved(
            f"approvers needed besides {plan.requester}: {plan.approvers}; there: {len(approvers)}",
            hint="They run `rekey contain approve PLAN`. In an emergency --emergency REASON goes "
            "ahead without them, and says so everywhere.",
        )
    return Approved(requester, approvers, reason or None, missing)


def good_approvals(plan: Plan, signatures: Iterable[str], allowed: Path) -> list[Signer]:
    """Give who signed what is good; a stranger's signature counts for nobody and stops nobody."""
    found = []
    for one in signatures:
        with suppress(SignatureError):
            found.append(verify(message(plan), one, APPROVAL, allowed))
    return found


def sign_request(plan: Plan, key: Path, allowed: Path | None) -> str:
    """Sign a plan as its requester, and see that the signature will be accepted.

    Raises:
        NotApproved: no allowed-signers file, or the key is not the requester's.
    """
    signature = sign(message(plan), key, REQUEST)
    if allowed is None:
        raise NotApproved("the settings name no allowed_signers file")
    check_request(plan, signature, allowed)
    return signature


def sign_approval(plan: Plan, key: Path, now: datetime) -> str:
    """Sign a plan as an approver.

    Raises:
        NotApproved: it has expired.
    """
    if now >= plan.expires:
        raise NotApproved(f"the plan expired at {plan.expires:%Y-%m-%d %H:%M} UTC")
    return sign(message(plan), key, APPROVAL)


def sign_undo(plan: Plan, key: Path) -> str:
    """Sign that a run shall be undone."""
    return sign(message(plan), key, UNDO)
