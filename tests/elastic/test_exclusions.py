"""An exclusion of the site file keeps events out of a rule up to its end, and not after it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rekey.converters.registry import LogSourceFields
from rekey.fixtures.repeats import expand
from rekey.fixtures.suite import Fixture
from tests.elastic import build as builds
from tests.elastic.conftest import Built, Content
from tests.elastic.integration import event_time
from tests.elastic.parity import runs
from tests.elastic.schemas import Schema

LAST_DAY = date(2099, 6, 30)
"""The build leaves out what has expired, so that this one is yet to come."""

RULES = {
    "aws/denied_across_services": {"sourceIPAddress|cidr": "0.0.0.0/0"},  # threshold
    "aws/access_key_quarantined": {"eventSource|endswith": ".amazonaws.com"},  # query
    "aws/access_key_used_from_two_networks": {"userAgent|contains": "/"},  # ES|QL, aggregating
    "github/token_used_from_two_networks": {
        "programmatic_access_type|contains": "e"
    },  # ES|QL, perhaps not mapped
    "kubernetes/pod_token_used_outside_the_cluster": {"user.username|startswith": "system:"},
    "vault/policy_changed_then_secrets_read": {"request.path|contains": "e"},  # EQL
}
"""Rule → what is excluded: something that its fixture's records hold."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Path:
    """Excludes all of that from each of the rules."""
    rules, _ = content
    entries: list[dict[str, Any]] = []
    for number, (path, fields) in enumerate(RULES.items()):
        source = rules[path].bases[0].source
        entries.append({
            "id": f"entry-{number}", "owner": "us", "reason": "a test", "expires": LAST_DAY,
            "logsource": {"product": source.product, "service": source.service},
            "fields": fields, "rules": [path],
        })  # fmt: skip
    file = tmp_path_factory.mktemp("site") / "site.yml"
    file.write_text(yaml.safe_dump({"version": 1, "exclusions": entries}))
    return file


@pytest.mark.parametrize("name", ["ecs", "raw"])
@pytest.mark.parametrize("path", RULES)
def test_it_ends(
    path: str,
    name: builds.Schema,
    content: Content,
    built: Built,
    schemas: dict[builds.Schema, Schema],
    site: Path,
    tmp_path: Path,
) -> None:
    rules, fixtures = content
    fixture = next(f for f in fixtures[path] if f.must_fire and not f.site)
    [source] = {base.source.name: base.source for base in rules[path].bases}.values()
    end = datetime.combine(LAST_DAY + timedelta(days=1), time(), UTC)
    made = [
        _moved(fixture, source, end + by, tmp_path / f"match_{label}.ndjson")
        for label, by in (("before", -timedelta(hours=1)), ("after", timedelta(days=1)))
    ]

    def compiled(_: Path | None) -> builds.Build:
        return built(name, site)

    said = {
        file: run.say(sparing=False, lateness=["prompt"])
        for file, run in runs(rules[path], made, schemas[name], compiled)
    }
    assert said == {"match_before.ndjson": "quiet", "match_after.ndjson": "fires"}


def _moved(fixture: Fixture, source: LogSourceFields, last: datetime, file: Path) -> Fixture:
    """Write a fixture so that its last event happens at a moment."""
    records = [json.loads(line) for line in expand(fixture.file) if line.strip()]
    by = last - max(event_time(record, source) for record in records)
    lines = (json.dumps(record) for record in _shifted(records, source, by))
    file.write_text("".join(f"{line}\n" for line in lines))
    return Fixture(fixture.rule, file, fixture.provenance)


def _shifted(
    records: list[dict[str, Any]], source: LogSourceFields, by: timedelta
) -> Iterator[dict[str, Any]]:
    for record in records:
        moment = event_time(record, source) + by
        written: Any = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        if source.fields[source.time].type == "integer":
            written = int(moment.timestamp() * 1000)
        yield record | {source.time: written}
