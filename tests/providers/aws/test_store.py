"""Secrets Manager as the place for successors."""

import pytest

from rekey.containment.errors import Refused
from rekey.containment.secret import Secret
from rekey.providers.aws.client import Aws
from rekey.providers.aws.store import SecretsManagerStore
from tests.providers.account import Account


def test_what_the_store_needs_is_asked_before_it_is_needed(account: Account) -> None:
    assert set(account.store.provider.permitted(account.store.permissions).values()) == {True}
    limited = account.user("limited", "iam:SimulatePrincipalPolicy")
    store = SecretsManagerStore(Aws(account.session(limited), account.url), "aws")
    assert set(store.provider.permitted(store.permissions).values()) == {False}
    document = store.provider.policy(store.permissions)
    account.root.put_user_policy(UserName="limited", PolicyName="store", PolicyDocument=document)
    assert set(store.provider.permitted(store.permissions).values()) == {True}
    store.write("svc", Secret("new"), "marker")
    assert account.stored() == "new"


def test_the_store_knows_its_marker_and_makes_no_secret(account: Account) -> None:
    assert account.store.find("svc", "m1") is None
    version = account.store.write("svc", Secret("new"), "m1")
    assert account.stored() == "new"
    assert account.store.find("svc", "m1") == version
    assert account.store.write("svc", Secret("new"), "m1") == version
    assert account.store.find("svc", "m2") is None
    with pytest.raises(Refused, match="no secret"):
        account.store.write("other", Secret("new"), "m1")
    with pytest.raises(Refused, match="no name"):
        account.store.write("svc#field", Secret("new"), "m1")
