"""What is generated is up to date, and what is shipped as an example works."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from rekey.containment import schema
from rekey.containment.pages import pages
from rekey.containment.playbook import Library, read_playbook
from rekey.containment.report.evidence import evidence_of
from rekey.containment.report.html import page
from rekey.containment.settings import ContainmentSettings, read_settings
from rekey.content import content
from tests.fakes.stage import Stage

DOCS = Path(__file__).parents[2] / "docs"
PLAYBOOKS = sorted(content("playbooks").glob("*.yml"))


def test_the_pages_of_playbooks_are_current() -> None:
    made = pages(Library([content("playbooks")]))
    assert {f"playbooks/{file.name}" for file in (DOCS / "playbooks").glob("*.md")} == set(made)
    for name, text in made.items():
        assert (DOCS / name).read_text("utf-8") == text, (
            "run python -m rekey.containment.pages docs"
        )


def test_the_schemas_are_current() -> None:
    for name, made in schema.schemas().items():
        committed = json.loads((DOCS / "schemas" / name).read_text("utf-8"))
        assert committed == made, "run python -m rekey.containment.schema docs/schemas"


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_a_shipped_playbook_fits_its_schema(file: Path) -> None:
    jsonschema.validate(yaml.safe_load(file.read_text()), schema.schemas()["playbook.v1.json"])


def test_plan_and_evidence_fit_their_schemas(stage: Stage) -> None:
    plan = stage.plan("contain")
    jsonschema.validate(plan.model_dump(mode="json"), schema.schemas()["plan.v1.json"])
    stage.run(plan, "bob")
    evidence = evidence_of(stage.journal, plan.run)
    jsonschema.validate(evidence.model_dump(mode="json"), schema.schemas()["containment.v1.json"])


def test_evidence_is_tied_to_the_journal(stage: Stage) -> None:
    plan = stage.plan("contain")
    stage.run(plan, "bob")
    entries = {entry.seq: entry.hash for entry in stage.journal.entries()}
    evidence = evidence_of(stage.journal, plan.run)
    said = [one for effect in evidence.effects for one in effect.entries]
    assert len(said) > 20
    assert all(entries[one.seq] == one.hash for one in (*said, evidence.first, evidence.last))
    assert evidence.figures.grades == {"B": 6}
    assert evidence.figures.seconds_to_contain is not None


def test_the_page_of_a_run_speaks_no_markup_of_others(stage: Stage) -> None:
    hostile = "<script>alert(1)</script>\x1b[31m\u202e"
    plan = stage.plan("contain", reason=hostile)
    stage.run(plan, override=hostile)
    text = page(evidence_of(stage.journal, plan.run))
    assert "<script" not in text and "\x1b" not in text and "\u202e" not in text
    assert "default-src &#39;none&#39;" in text
    assert "style=" not in text.replace("style-src", "")


def test_the_example_settings(tmp_path: Path) -> None:
    settings = read_settings(DOCS / "containment.example.yml")
    assert isinstance(settings, ContainmentSettings)
    assert settings.journal.path == DOCS / "rekey.journal"
    assert settings.limits == ContainmentSettings().limits
    assert settings.blast == ContainmentSettings().blast


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_a_playbook_automates_in_both_orders_what_can_be_rotated(file: Path) -> None:
    for kind, both in read_playbook(file).automation.items():
        assert both.contain, kind
        sessions = {"aws_user_session", "aws_role_session", "kubernetes_unbound_token",
                    "vault_batch_token", "vault_entity"}  # fmt: skip
        assert bool(both.rotate) is (kind not in sessions), kind
