"""Index templates of ``--schema raw`` on a real Elasticsearch, beside rules in a fake Kibana."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from rekey.cli.main import run
from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import API_KEY, KibanaFake
from tests.live.test_elastic import address

NAME = "rekey-aws_cloudtrail"


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for logs that are indexed as they are."""
    folder = tmp_path_factory.mktemp("raw")
    assert run(["build", "elastic", "--schema", "raw", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def server(
    elasticsearch: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Elasticsearch]:
    """A server without our templates afterwards."""
    monkeypatch.setenv("KIBANA_API_KEY", API_KEY)
    for name in ("API_KEY", "TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"ELASTICSEARCH_{name}", raising=False)
    yield elasticsearch
    for name in ("aws_cloudtrail", "github_audit", "kubernetes_audit", "vault_audit"):
        elasticsearch.options(ignore_status=404).indices.delete_index_template(name=f"rekey-{name}")


def test_templates_arrive_once_and_edits_are_seen(
    server: Elasticsearch, raw: Path, tmp_path: Path
) -> None:
    with KibanaFake() as kibana:
        stage = Stage(kibana, tmp_path, [])
        (tmp_path / "package").symlink_to(raw)
        where = ("--elasticsearch", address(server))
        assert stage.plan(*where) == 0
        assert stage.apply(*where) == 0
        made = server.indices.get_index_template(name=NAME)["index_templates"][0]["index_template"]
        assert made["index_patterns"] == ["rekey-aws_cloudtrail-*"]
        assert stage.plan(*where) == 0
        assert set(stage.statuses.values()) == {"unchanged"}
        edited = made["template"] | {"settings": {"index.number_of_replicas": 0}}
        server.indices.put_index_template(
            name=NAME, index_patterns=made["index_patterns"], priority=200, template=edited,
            meta=made["_meta"],
        )  # fmt: skip
        assert stage.plan(*where) == 0
        assert stage.statuses[f"template:{NAME}"] == "local edits"


def test_a_template_of_others_is_left_alone(
    server: Elasticsearch, raw: Path, tmp_path: Path
) -> None:
    server.indices.put_index_template(name=NAME, index_patterns=["mine-*"], priority=7)
    with KibanaFake() as kibana:
        stage = Stage(kibana, tmp_path, [])
        (tmp_path / "package").symlink_to(raw)
        where = ("--elasticsearch", address(server))
        assert stage.plan(*where) == 0
        assert stage.statuses[f"template:{NAME}"] == "not ours"
        assert stage.apply(*where) == 0
    left = server.indices.get_index_template(name=NAME)["index_templates"][0]["index_template"]
    assert left["index_patterns"] == ["mine-*"]


def test_templates_need_to_know_where(server: Elasticsearch, raw: Path, tmp_path: Path) -> None:
    with KibanaFake() as kibana:
        stage = Stage(kibana, tmp_path, [])
        (tmp_path / "package").symlink_to(raw)
        assert stage.plan() == ExitCode.USAGE
