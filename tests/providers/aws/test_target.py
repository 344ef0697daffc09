"""Who is meant, what hangs on it, and what is reserved."""

import pytest

from rekey.containment.errors import Gone, NotFound
from rekey.containment.target import Target, Wanted
from tests.providers.account import Account, of_role


def test_a_user_or_a_role_that_was_made_anew_is_another(account: Account) -> None:
    target = account.located(account.key)
    assert account.provider.resolve(target.kind, target.id, target.given) == target
    session = account.provider.locate(
        Wanted("aws_session_key", "ASIA1", account.role("svc"), parent=account.key["AccessKeyId"])
    )
    account.root.delete_role_policy(RoleName="deploy", PolicyName="own")
    account.root.delete_role(RoleName="deploy")
    account.role("svc")
    again = account.provider.resolve(session.kind, session.id, session.given)
    assert again.aliases != session.aliases
    account.root.delete_access_key(UserName="svc", AccessKeyId=account.key["AccessKeyId"])
    with pytest.raises(Gone):
        account.provider.resolve(target.kind, target.id, target.given)


def test_what_is_reserved_is_left_alone(account: Account) -> None:
    for facts, word in (
        ({"role": "AWSServiceRoleForX", "path": "/aws-service-role/x/"}, "service-linked"),
        ({"role": "AWSReservedSSO_Admin_1", "path": "/aws-reserved/"}, "Identity Center"),
    ):
        target = Target("aws", account.id, "aws_role_session", "r", "r", facts=facts)
        assert word in str(account.provider.protected(target))
    with pytest.raises(NotFound, match="cannot be cut"):
        of_role(account, f"arn:aws:iam::{account.id}:root")
    with pytest.raises(NotFound, match="another account"):
        of_role(account, "arn:aws:iam::999999999999:role/deploy")
    with pytest.raises(NotFound):
        account.provider.locate(Wanted("aws_access_key", "AKIAGONEGONEGONEGONE"))


def test_the_radius_counts_callers_and_sees_power(account: Account) -> None:
    assert account.answer(account.key) == ""
    radius = account.provider.blast_radius(account.located(account.key))
    assert radius.dependents == ("exporter",)
    assert (radius.callers, radius.privileged, radius.production) == (1, False, False)
    assert account.provider.blast_radius(account.located(account.responder)).privileged is True
