"""sigma-cli gives the searches of the app, rule by rule."""

from pathlib import Path

import pytest
from sigma.collection import SigmaCollection

from rekey.converters.splunk.query import RekeySplunkBackend
from rekey.pack import shipped_pack
from tests.converters.splunk.built import package, stanzas

RULES = shipped_pack().rule_files()


@pytest.mark.parametrize("path", RULES)
def test_the_same_search(path: str) -> None:
    rules = SigmaCollection.load_ruleset([RULES[path]])
    (query,) = RekeySplunkBackend().convert(rules)
    saved = stanzas(package(), "savedsearches")[f"rekey {path.replace('/', '_')}"]
    assert query == saved["search"]


def test_a_rule_outside_the_app_calls_no_macro_that_the_app_lacks(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(RULES["aws/permissions_raised_by_workload"].read_text())
    (query,) = RekeySplunkBackend().convert(SigmaCollection.load_ruleset([own]))
    assert "_filter`" not in query and "_exclusions`" not in query
    assert "`rekey_aws_cloudtrail`" in query


def test_faults_are_collected_when_asked_for() -> None:
    text = """
    title: Unknown
    logsource: {product: windows, category: process_creation}
    detection: {selection: {Image: x}, condition: selection}
    """
    backend = RekeySplunkBackend(collect_errors=True)
    assert backend.convert(SigmaCollection.from_yaml(text)) == []
    ((_, error),) = backend.errors
    assert "unknown log source" in str(error)
