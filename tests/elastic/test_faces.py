"""An alert of an aggregation says who it was, under the names that the rule highlights."""

import json
from datetime import timedelta

import pytest

from rekey.fixtures.repeats import expand
from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.conftest import Built, Content
from tests.elastic.kibana import rule as kibana
from tests.elastic.kibana.esql import Esql
from tests.elastic.kibana.schedule import schedules
from tests.elastic.schemas import Schema

WITHOUT_ADDRESS = {"github/act_new_to_a_known_app"}
"""Rules on bots, whose addresses GitHub does not show."""


@pytest.mark.parametrize("name", ["ecs", "raw"])
@pytest.mark.parametrize("path", sorted(shipped_pack().rule_files()))
def test_rows_hold_what_is_highlighted(
    path: str,
    name: builds.Schema,
    content: Content,
    built: Built,
    schemas: dict[builds.Schema, Schema],
) -> None:
    rules, fixtures = content
    document = built(name, None).rules.get(rules[path].id, {"type": "none"})
    if document["type"] != "esql" or "METADATA" in document["query"]:
        return  # an alert is an event, with all that stands in it
    fixture = next(f for f in fixtures[path] if f.must_fire and not f.site)
    records = [json.loads(line) for line in expand(fixture.file) if line.strip()]
    source = rules[path].bases[0].source
    [place] = schemas[name].place(source, {f"face of {path}": records}, timedelta(0)).values()
    compiled = kibana.read(document)
    execution = Esql(compiled, place)
    assert any(execution.alerts(schedules(compiled)[0], "prompt"))
    row = execution.found[0]
    highlighted = document["investigation_fields"]["field_names"]
    assert set(highlighted) <= row.keys()
    filled = {each for each in highlighted if row[each] not in (None, [], "")}
    who = {"user.name", "Esql.actor_id", "Esql.actor_name", "actor", "user.username",
           "kubernetes.audit.user.username"}  # fmt: skip
    assert filled & who, row
    where = {n for n in highlighted if n.endswith(("_ip", ".ip", "address", "sourceIPAddress"))}
    assert bool(where & filled) == (path not in WITHOUT_ADDRESS), row
    assert all(not isinstance(row[each], list) or len(row[each]) <= 20 for each in who & row.keys())
