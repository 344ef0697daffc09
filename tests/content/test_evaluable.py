"""Rules can be decided on what their sources log, and bear records that hold next to nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from rekey.converters.registry import LogSourceFields
from rekey.converters.ruleset import RuleSet
from rekey.fixtures.repeats import expand
from rekey.outcome import Outcome
from rekey.replay import Replay
from rekey.site import Site, load_site
from tests.content import shipped


def replayed(rules: RuleSet, log: bytes, folder: Path, site: Site | None = None) -> Outcome:
    """Replay one log as a user would."""
    file = folder / "log.ndjson"
    file.write_bytes(log)
    work = folder / "work"
    work.mkdir()
    with Replay(rules, site or Site(), work) as replay:
        replay.read([str(file)])
        return replay.evaluate()


@pytest.mark.parametrize("rule", shipped.RULES)
def test_a_rule_is_evaluable_where_it_fires(rule: str, tmp_path: Path) -> None:
    """What it needs stands in the records on which it is meant to fire."""
    own = [f for f in shipped.fixtures() if f.rule.path == rule and f.file.name == "match.ndjson"]
    (fixture,) = own
    site = load_site(fixture.site) if fixture.site else None
    log = b"\n".join(expand(fixture.file)) + b"\n"
    outcome = replayed(RuleSet((shipped.rules()[rule],)), log, tmp_path, site)
    assert outcome.not_evaluable == {}
    assert [alert.rule.path for alert in outcome.alerts] != []
    assert outcome.rejected == {}


def bare(source: LogSourceFields, number: int) -> dict[str, Any]:
    """Give a record with the required fields alone."""
    record: dict[str, Any] = {}
    for name in {*source.required, *source.key, source.time}:
        *parents, last = source.path(name)
        holder = record
        for key in parents:
            holder = holder.setdefault(key, {})
        holder[last] = f"{name} {number}"
    github = source.product == "github"
    record[source.time] = 1793696400000 + number if github else "2026-11-23T09:00:00Z"
    if source.pair:
        record[source.pair.field] = source.pair.keep
    return record


@pytest.mark.parametrize("product", shipped.PRODUCTS)
def test_bare_records_are_no_evidence(product: str, tmp_path: Path) -> None:
    """A record with nothing but its required fields fires nothing and breaks nothing."""
    bases = [base for rule in shipped.rules().rules for base in rule.bases]
    source = next(base.source for base in bases if base.source.product == product)
    log = "\n".join(json.dumps(bare(source, number)) for number in range(60)) + "\n"
    outcome = replayed(shipped.rules(), log.encode(), tmp_path)
    assert [count.events for count in outcome.sources] == [60]
    assert outcome.rejected == {}
    assert outcome.alerts == ()
