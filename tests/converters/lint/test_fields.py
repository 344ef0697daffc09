"""Fields that a source redacts, never logs or does not know."""

from pathlib import Path

import pytest

from rekey.converters.lint.context import context_of
from rekey.converters.lint.fields import check, field_findings
from rekey.converters.lint.rule_file import read_rule_file
from rekey.converters.registry import Capability, Expression, LogSourceFields, RawField, has_field
from rekey.errors import Place
from rekey.pack import shipped_pack

RAW = RawField(evidence="V", source="docs")
SOURCE = LogSourceFields(
    title="Vendor",
    product="vendor",
    service="audit",
    sources={"docs": "https://example.com"},
    key=("id",),
    time="time",
    required=("id",),
    redact=("answer.secret", "answer.tokens[].*.value"),
    fields={
        "id": RAW,
        "name": RAW,
        "answer.secret.key": RAW,
        "answer.secretary": RAW,
        "tokens": RawField(
            evidence="V", source="docs", path=("answer", "tokens[]", "web", "value")
        ),
    },
    derived={"actor.kind": Expression()},
    roles={"actor.id": ("name",), "origin.ip": ("name",)},
    capability=Capability(never={"credential.id": "it has no credentials"}),
)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ('userData: "*"', []),
        ("userData: null", []),
        ("userData: a secret", ["RK303"]),
        ('userData|contains: "*"', ["RK303"]),
    ],
)
def test_a_rule_may_ask_whether_a_secret_is_there(
    asked: str, codes: list[str], tmp_path: Path
) -> None:
    pack, file = shipped_pack(), tmp_path / "rule.yml"
    rule = pack.rules / "aws" / "instance_user_data_changed_by_workload.yml"
    file.write_text(rule.read_text("utf-8").replace('userData: "*"', asked), "utf-8")
    found = check(read_rule_file("aws/rule", file), context_of([pack]))
    assert [finding.code for finding in found] == codes


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("id", None),
        ("actor.kind", None),
        ("origin.network", None),
        ("answer.secretary", None),
        ("answer.secret.key", "RK303"),
        ("tokens", "RK303"),
        ("credential.id", "RK304"),
        ("nam", "RK302"),
    ],
)
def test_fields_are_judged(field: str, code: str | None) -> None:
    found = list(field_findings(SOURCE, field, Place(Path("rule.yml"), 3)))
    assert [finding.code for finding in found] == ([code] if code else [])
    assert has_field(SOURCE, field) == (code is None)


def test_a_near_name_is_offered() -> None:
    (found,) = field_findings(SOURCE, "nam", Place(Path("rule.yml")))
    assert found.advice == "Did you mean name?"


def test_network_fields_need_an_address() -> None:
    without = SOURCE.model_copy(update={"roles": {"actor.id": ("name",)}})
    assert not has_field(without, "origin.scope")
