"""Index templates of ``--schema raw`` on a real Elasticsearch, beside rules in a fake Kibana."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from rekey.cli.main import run
from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import API_KEY, KibanaFake
from tests.live.test_elastic import address


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for logs that are indexed as they are."""
    folder = tmp_path_factory.mktemp("raw")
    assert run(["build", "elastic", "--schema", "raw", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def name(raw: Path, tmp_path: Path, elasticsearch: Elasticsearch) -> Iterator[str]:
    """A package of one rule and all templates, under names of this test's own: its CloudTrail.

    Tests that run at the same time share the server, and a template belongs to the whole of it.
    """
    mark = uuid.uuid4().hex[:8]
    folder = tmp_path / "package"
    (folder / "index_templates").mkdir(parents=True)
    first, *_ = (raw / "rules.ndjson").read_text().splitlines()
    (folder / "rules.ndjson").write_text(f"{first}\n")
    for file in (raw / "index_templates").iterdir():
        content = json.loads(file.read_bytes())
        content["index_patterns"] = [f"{mark}-{each}" for each in content["index_patterns"]]
        (folder / "index_templates" / f"{file.stem}-{mark}.json").write_text(json.dumps(content))
    yield f"rekey-aws_cloudtrail-{mark}"
    made = elasticsearch.options(ignore_status=404)
    made.indices.delete_index_template(name=f"rekey-*-{mark}")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path) -> Iterator[Stage]:
    """A Kibana, and that package."""
    monkeypatch.setenv("KIBANA_API_KEY", API_KEY)
    for secret in ("API_KEY", "TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"ELASTICSEARCH_{secret}", raising=False)
    with KibanaFake() as kibana:
        yield Stage(kibana, tmp_path, [])


def test_templates_arrive_once_and_edits_are_seen(
    stage: Stage, name: str, elasticsearch: Elasticsearch
) -> None:
    where = ("--elasticsearch", address(elasticsearch))
    assert stage.plan(*where) == 0
    assert stage.apply(*where) == 0
    found = elasticsearch.indices.get_index_template(name=name)["index_templates"]
    made = found[0]["index_template"]
    assert made["index_patterns"][0].endswith("-rekey-aws_cloudtrail-*")
    assert stage.plan(*where) == 0
    assert set(stage.statuses.values()) == {"unchanged"}
    edited = made["template"] | {"settings": {"index.number_of_replicas": 0}}
    elasticsearch.indices.put_index_template(
        name=name, index_patterns=made["index_patterns"], priority=200, template=edited,
        meta=made["_meta"],
    )  # fmt: skip
    assert stage.plan(*where) == 0
    assert stage.statuses[f"template:{name}"] == "local edits"


def test_a_template_of_others_is_left_alone(
    stage: Stage, name: str, elasticsearch: Elasticsearch
) -> None:
    elasticsearch.indices.put_index_template(name=name, index_patterns=[f"{name}-mine"], priority=7)
    where = ("--elasticsearch", address(elasticsearch))
    assert stage.plan(*where) == 0
    assert stage.statuses[f"template:{name}"] == "not ours"
    assert stage.apply(*where) == 0
    left = elasticsearch.indices.get_index_template(name=name)["index_templates"][0]
    assert left["index_template"]["index_patterns"] == [f"{name}-mine"]


def test_templates_need_to_know_where(stage: Stage) -> None:
    assert stage.plan() == ExitCode.USAGE
