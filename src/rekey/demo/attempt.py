"""A credential presented once, with the call that somebody wants to make, and what came back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from rekey.providers.aws.client import code_of

ACCEPTED: Final = "accepted"


@dataclass(frozen=True)
class Attempt:
    """One try.

    Attributes:
        who: presents it.
        credential: what is presented, in words.
        call: as CloudTrail names it.
        answer: :data:`ACCEPTED`, or AWS's code.
    """

    who: str
    credential: str
    call: str
    answer: str

    @property
    def accepted(self) -> bool:
        """Whether AWS did what was asked."""
        return self.answer == ACCEPTED


def attempt(who: str, credential: str, call: str, ask: Callable[[], Any]) -> Attempt:
    """Make one call with a credential, past rekey's engine and providers.

    Args:
        who: for the reader, as ``credential`` and ``call``.
        credential: what is presented.
        call: what is called.
        ask: the call.
    """
    try:
        ask()
    except ClientError as error:
        said = str(error.response.get("Error", {}).get("Message", ""))
        why = " (explicit deny)" if "explicit deny" in said else ""
        return Attempt(who, credential, call, code_of(error) + why)
    return Attempt(who, credential, call, ACCEPTED)
