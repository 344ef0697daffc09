"""What docs/siem/elastic.md promises of imports from a file, and of the update that keeps all."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import API_KEY
from tests.fakes.kibana_rules import Rule

GUIDE = Path(__file__).parents[2] / "docs" / "siem" / "elastic.md"

THEIRS: dict[str, Any] = {
    "exceptions_list": [
        {"id": "e1", "list_id": "ours", "type": "rule_default", "namespace_type": "single"}
    ],
    "actions": [{"id": "c", "group": "default", "action_type_id": ".slack", "params": {}}],
}


@pytest.fixture
def package(stage: Stage) -> bytes:
    """The rules as the build writes them."""
    return (stage.folder / "package" / "rules.ndjson").read_bytes()


def imported(stage: Stage, file: bytes, query: str = "") -> dict[str, Any]:
    """Import a file as the guide's command does."""
    [url] = re.findall(r'--form "file=@rules.ndjson" "\$KIBANA(.*)"', GUIDE.read_text())
    answer = httpx.post(
        f"{stage.kibana.url}{url}{query}",
        headers={"kbn-xsrf": "true", "Authorization": f"ApiKey {API_KEY}"},
        files={"file": ("rules.ndjson", file)},
    )
    assert answer.status_code == 200
    return dict(answer.json())


def used(stage: Stage) -> Rule:
    """Switch the first rule on, with an exception and an action."""
    stage.kibana.edit(
        stage.ids[0], enabled=True, tags=["theirs", *stage.rules[0]["tags"]], **THEIRS
    )
    return deepcopy(stage.kibana.rules[stage.ids[0]])


def test_the_first_import_brings_every_rule_switched_off(stage: Stage, package: bytes) -> None:
    assert imported(stage, package)["success_count"] == len(stage.rules)
    assert stage.kibana.rules.keys() == set(stage.ids)
    assert not any(rule["enabled"] for rule in stage.kibana.rules.values())


def test_another_import_leaves_what_is_there(stage: Stage, package: bytes) -> None:
    imported(stage, package)
    before = used(stage)
    answer = imported(stage, package)
    assert [each["error"]["status_code"] for each in answer["errors"]] == [409] * len(stage.rules)
    assert stage.kibana.rules[stage.ids[0]] == before


def test_an_overwriting_import_does_what_the_guide_warns_of(stage: Stage, package: bytes) -> None:
    imported(stage, package)
    before = used(stage)
    assert imported(stage, package, "?overwrite=true")["success"]
    after = stage.kibana.rules[stage.ids[0]]
    assert after["enabled"] is True
    assert (after["exceptions_list"], after["actions"]) == ([], [])
    assert before["tags"] != after["tags"] == stage.rules[0]["tags"]
    said = GUIDE.read_text().partition("## Updates")[2]
    for row in ("| on or off | stays", "| exceptions | **unlinked**", "| actions | **removed** |"):
        assert row in said


def test_deploying_over_an_import_keeps_all_that_is_theirs(stage: Stage, package: bytes) -> None:
    imported(stage, package)
    before = used(stage)
    stage.deploy()
    stage.raise_version(note="new")
    stage.deploy()
    after = stage.kibana.rules[stage.ids[0]]
    assert after["note"] == "new"
    for name in ("enabled", "tags", *THEIRS):
        assert after[name] == before[name]
