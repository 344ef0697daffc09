"""A fake Kibana, and what `rekey build elastic` really writes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rekey.cli.main import run
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import API_KEY, KibanaFake


@pytest.fixture
def kibana(monkeypatch: pytest.MonkeyPatch) -> Iterator[KibanaFake]:
    """An empty Kibana, and its key in the environment."""
    monkeypatch.setenv("KIBANA_API_KEY", API_KEY)
    with KibanaFake() as fake:
        yield fake


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of all shipped rules."""
    folder = tmp_path_factory.mktemp("package")
    assert run(["build", "elastic", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def stage(kibana: KibanaFake, shipped: Path, tmp_path: Path) -> Stage:
    """Three shipped rules of different types, in a package that tests change."""
    lines = (shipped / "rules.ndjson").read_text().splitlines()
    by_type = {rule["type"]: rule for rule in map(json.loads, reversed(lines))}
    rules = [by_type[name] for name in ("query", "threshold", "eql")]
    made = Stage(kibana, tmp_path, rules)
    made.write()
    return made
