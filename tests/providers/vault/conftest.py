"""An AppRole of its own for each test, and incidents with its tokens."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.people import People
from tests.providers.incident import Incident
from tests.providers.vault.world import World


@pytest.fixture
def world(vault_url: str) -> World:
    return World(vault_url)


@pytest.fixture
def incident(world: World, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(auth: dict[str, Any], playbook: str, **changes: Any) -> Incident:
        hmac = world.hmac(auth["accessor"])
        given: dict[str, Any] = {"since": datetime.now(UTC) + timedelta(hours=1)}
        return Incident(
            world.provider, people, tmp_path / "run", hmac, "vault_service_token",
            auth.get("entity_id") or f"token/{hmac}", "root", playbook, **given | changes,
        )  # fmt: skip

    return make
