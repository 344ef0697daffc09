"""Whatever a rule file or a fixture holds, the linter answers with findings."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rekey.converters.lint import Context, check_file, context_of
from rekey.pack import Pack, user_pack

GOOD = Path(__file__).parent / "good"

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def spots(value: Any, steps: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every position in a document, except the whole of it."""
    if not isinstance(value, dict | list):
        return []
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    found = [(*steps, key) for key, _ in inner]
    return found + [spot for key, item in inner for spot in spots(item, (*steps, key))]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("spoilt") / "pack"
    shutil.copytree(GOOD, folder)
    return user_pack(folder)


@pytest.fixture(scope="module")
def context(pack: Pack) -> Context:
    return context_of([pack])


@pytest.mark.parametrize("rule", ["access_key_created", "denied_secret_reads"])
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_value_anywhere(data: st.DataObject, rule: str, pack: Pack, context: Context) -> None:
    file = pack.rules / "aws" / f"{rule}.yml"
    original = list(yaml.safe_load_all((GOOD / "rules" / "aws" / file.name).read_text()))
    documents = copy.deepcopy(original)
    *steps, last = data.draw(st.sampled_from(spots(documents)))
    parent: Any = documents
    for step in steps:
        parent = parent[step]
    parent[last] = data.draw(VALUES)
    file.write_text(yaml.safe_dump_all(documents))
    findings = check_file(file, context)
    assert isinstance(findings, list)
    if any(not isinstance(document, dict) for document in documents):
        assert findings


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=st.binary(max_size=60))
def test_any_bytes_in_a_fixture(raw: bytes, pack: Pack, context: Context) -> None:
    shutil.copy(GOOD / "rules/aws/access_key_created.yml", pack.rules / "aws")
    folder = pack.fixture_folder("aws/access_key_created")
    (folder / "automation.ndjson").write_bytes(raw)
    codes = {
        finding.code
        for finding in check_file(pack.rules / "aws" / "access_key_created.yml", context)
    }
    assert codes <= {"RK604", "RK607"}
