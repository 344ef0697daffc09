"""A namespace of its own for each test, and incidents in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engines import kubernetes as server
from tests.fakes.people import People
from tests.providers.incident import Incident
from tests.providers.kubernetes.world import World, jti


@pytest.fixture
def world(kubernetes: server.Cluster) -> World:
    return World(kubernetes)


@pytest.fixture
def incident(world: World, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(token: str, **changes: Any) -> Incident:
        given: dict[str, Any] = {"since": datetime.now(UTC) + timedelta(hours=1)}
        return Incident(
            world.provider, people, tmp_path / "run", jti(token), "k8s_token",
            f"tests/{world.account.identity}", "tests", "kubernetes_service_account_token",
            **given | changes,
        )  # fmt: skip

    return make
