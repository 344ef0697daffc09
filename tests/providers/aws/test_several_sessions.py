"""Several sessions of one role are one target: what is known of each of them counts."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.providers.account import Account
from tests.providers.incident import Incident


def test_sessions_that_several_opened_are_closed_to_all_of_them(
    account: Account, incident: Callable[..., Incident]
) -> None:
    """One role, one target: whoever opened the second session is shut out like the first."""
    other = account.user("other", "sts:*")
    role = account.role("svc", "other", "responder")
    stolen, more = account.assume(role, account.key), account.assume(role, other)
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", role, "aws_role_session",
        beside=(more["AccessKeyId"],),
    )  # fmt: skip
    plan = one.plan()
    (closing,) = [step for step in plan.steps if step.phase == "close_mint"]
    assert closing.mint_open is None
    done = one.run(plan)
    assert done.outcome == "contained and verified", done.steps
    for held in (account.key, other):
        with pytest.raises(ClientError, match="AccessDenied"):
            account.assume(role, held)
    account.assume(role, account.responder)


def test_one_session_of_which_nobody_knows_the_opener_keeps_the_mint_open(
    account: Account, incident: Callable[..., Incident]
) -> None:
    role = account.role("svc", "responder")
    stolen = account.assume(role, account.key)
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", role, "aws_role_session",
        beside=("ASIAOFANOTHERSESSION",),
    )  # fmt: skip
    plan = one.plan()
    (closing,) = [step for step in plan.steps if step.phase == "close_mint"]
    assert "nobody knows who opened ASIAOFANOTHERSESSION" in str(closing.mint_open)
    assert one.run(plan).outcome == "cut, mint open"
