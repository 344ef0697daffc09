"""People and a stage for tests of the engine."""

from pathlib import Path

import pytest

from tests.fakes.desk import Desk, made_desk
from tests.fakes.people import People
from tests.fakes.stage import Stage


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Ada asks; Bob, Cem and Dee may approve."""
    return People(tmp_path_factory.mktemp("people"), "ada", "bob", "cem", "dee")


@pytest.fixture
def stage(tmp_path: Path, people: People) -> Stage:
    """A stolen key, ready to be contained."""
    return Stage(tmp_path, people)


@pytest.fixture
def desk(tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A responder's folder, with the command line."""
    return made_desk(tmp_path, people, monkeypatch)
