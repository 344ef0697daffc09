"""Fields that a source redacts, never logs or does not know."""

from pathlib import Path

import pytest

from rekey.converters.lint.fields import field_findings, has_field
from rekey.converters.registry import Capability, Expression, LogSourceFields, RawField
from rekey.errors import Place

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
