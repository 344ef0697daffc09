"""Tokens that end while all of them are looked at: Vault denies what it is just revoking.

``handleLookup`` of Vault's token store answers a token whose revocation is pending with "permission
denied", as it answers who may not look: https://github.com/hashicorp/vault (vault/token_store.go).
"""

import uuid
from collections.abc import Iterator

import hvac
import pytest

from rekey.containment.errors import Refused
from rekey.providers.vault.client import opened
from rekey.providers.vault.tokens import Tokens
from tests.engines.vault import ROOT_TOKEN
from tests.faults.faults import Refuse
from tests.faults.proxy import FaultProxy

DENIED = Refuse(403, b'{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}')
NOTHING = 'path "secret/none" { capabilities = ["read"] }'
LOOKS_UP = 'path "auth/token/lookup-accessor" { capabilities = ["update"] }'


@pytest.fixture
def proxy(vault_url: str) -> Iterator[FaultProxy]:
    """Denies the first look at a token."""
    with FaultProxy(vault_url) as found:
        found.plan(DENIED, at=lambda request: request.path.endswith("lookup-accessor"))
        yield found


def holder(vault_url: str, rules: str, **more: bool) -> str:
    """Make a token that may do what the rules say."""
    root, name = hvac.Client(url=vault_url, token=ROOT_TOKEN), f"looks-{uuid.uuid4().hex[:8]}"
    root.sys.create_or_update_policy(name, rules)
    made = root.auth.token.create(policies=[name], ttl="5m", **more)
    return str(made["auth"]["client_token"])


def test_whoever_may_look_takes_a_denial_for_an_end(vault_url: str, proxy: FaultProxy) -> None:
    token = holder(vault_url, LOOKS_UP)
    tokens = Tokens(opened(proxy.url, token=token), "file")
    assert tokens.look_up("gone-in-this-moment") is None


@pytest.mark.parametrize("no_default_policy", [False, True])
def test_whoever_may_not_is_told_so(
    no_default_policy: bool, vault_url: str, proxy: FaultProxy
) -> None:
    """Also if nothing lets it ask what it may."""
    token = holder(vault_url, NOTHING, no_default_policy=no_default_policy)
    with pytest.raises(Refused, match="permission denied"):
        Tokens(opened(proxy.url, token=token), "file").look_up("gone-in-this-moment")
