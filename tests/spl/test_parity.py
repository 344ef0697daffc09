"""Every rule of the app says of its fixtures what the embedded engine says."""

import pytest

from rekey.fixtures.wanted import wanted_fixtures
from rekey.pack import shipped_pack
from tests.engines.verdicts import forget, keep
from tests.spl.parity import EXPLAINED, Apps, compare

RULES = sorted(shipped_pack().rule_files())


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Apps:
    return Apps(tmp_path_factory.mktemp("apps"))


@pytest.mark.parametrize("path", RULES)
def test_verdicts_are_equal(path: str, apps: Apps) -> None:
    _, fixtures = wanted_fixtures([shipped_pack()], (path,), own=False)
    row = compare(fixtures[0].rule, fixtures, apps)
    undeclared = {
        name: f"{verdict.embedded} in the embedded engine, here {verdict.here}"
        for name, verdict in row.fixtures.items()
        if verdict.embedded != verdict.here and not verdict.because
    }
    assert not undeclared, f"{path} differs, and nothing declares it: {undeclared}"
    keep("splunk", path, row)


def test_nothing_is_kept_of_rules_that_are_no_more() -> None:
    forget("splunk", set(RULES))


def test_only_fixtures_that_exist_are_explained() -> None:
    assert [name for name in EXPLAINED if not (shipped_pack().fixtures / name).is_file()] == []
