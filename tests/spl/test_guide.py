"""What the guide tells a site to write into macros works."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from rekey.converters.registry import registry
from rekey.fixtures.wanted import wanted_fixtures
from rekey.pack import shipped_pack
from tests.spl.app import App, build_app
from tests.spl.checks import faults
from tests.spl.indexed import indexed_file
from tests.spl.proof import Conditions, results
from tests.spl.reading import FIRST
from tests.spl.values import Row

GUIDE: Final = (Path(__file__).parents[2] / "docs" / "siem" / "splunk.md").read_text()
SOURCE: Final = "kubernetes_audit"
RULE: Final = "kubernetes/client_certificate_requested_and_approved_by_one_identity"


def _context() -> list[str]:
    """The guide's examples for the macro that names the cluster."""
    told = re.search(r"`rekey_kubernetes_audit_context`.*?`eval`: (.*?)\. Actors", GUIDE, re.DOTALL)
    assert told is not None
    return re.findall(r"`([^`]+)`", told[1])


@pytest.mark.parametrize("expression", _context())
def test_an_actor_bears_the_name_of_its_cluster(expression: str, tmp_path: Path) -> None:
    app = _app(tmp_path, {"rekey_kubernetes_audit_context": expression})
    searches = {n: s for n, s in app.searches.items() if n.startswith("rekey kubernetes_")}
    assert len(searches) > 20
    assert {name: faults(s.text) for name, s in searches.items() if faults(s.text)} == {}
    field = expression.strip("'")
    found = _found(app, [{**row, field: "blue"} for row in _events()])
    assert found and all(str(row["rekey_actor"]).startswith("blue/") for row in found)


def test_identities_of_one_name_in_two_clusters_are_two(tmp_path: Path) -> None:
    app = _app(tmp_path, {"rekey_kubernetes_audit_context": "cluster_name"})
    spread = [{**row, "cluster_name": ("blue", "green")[n % 2]} for n, row in enumerate(_events())]
    assert _found(app, [{**row, "cluster_name": "blue"} for row in spread])
    assert _found(app, spread) == []


def test_without_a_cluster_an_actor_bears_its_name_alone(tmp_path: Path) -> None:
    found = _found(_app(tmp_path, {}), _events())
    assert found and not any("/" in str(row["rekey_actor"]) for row in found)


def test_a_filter_leaves_out_what_it_names(tmp_path: Path) -> None:
    plain, filtered = tmp_path / "plain", tmp_path / "filtered"
    told = re.search(r"`(search NOT user\.username=[^`]+)`", GUIDE)
    assert told is not None
    named = re.sub(r'"[^"]*"', f'"{_events()[0]["user.username"]}"', told[1])
    macro = f"rekey_{RULE.replace('/', '_')}_filter"
    assert _found(_app(plain, {}), _events())
    assert _found(_app(filtered, {macro: named}), _events()) == []


def _app(folder: Path, changed: dict[str, str]) -> App:
    folder.mkdir(exist_ok=True)
    return build_app(folder, sources=list(registry()), changed=changed)


def _found(app: App, events: Sequence[Row]) -> list[Row]:
    return list(results(app, RULE, events, Conditions(FIRST)))


def _events() -> Sequence[Row]:
    _, fixtures = wanted_fixtures([shipped_pack()], (RULE,), own=False)
    fixture = next(f for f in fixtures if f.must_fire and not f.site)
    return indexed_file(fixture.file, SOURCE, FIRST)
