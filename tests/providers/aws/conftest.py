"""An account of its own for each test, and incidents in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.people import People
from tests.providers.account import Account, next_second
from tests.providers.incident import Hasty, Incident

HASTE = 0.005
"""The server's effects hold at once; AWS's take up to a minute."""


@pytest.fixture
def account(aws_url: str) -> Account:
    return Account(aws_url)


@pytest.fixture
def incident(account: Account, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(credential: str, kind: str, actor: str, playbook: str, **more: Any) -> Incident:
        return Incident(
            account.provider, people, tmp_path / "run", credential, kind, actor, account.id,
            playbook, clock=Hasty(HASTE), **{"since": next_second()} | more,
        )  # fmt: skip

    return make
