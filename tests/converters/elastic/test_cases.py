"""What the registry says of ``actor.kind`` for Elastic is what it says for the embedded engine.

The cases are written out as Sigma and carried out by the embedded engine, beside its own expression,
on every record of every fixture.
"""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from rekey.converters.duckdb.hits import hits
from rekey.converters.registry import LogSourceFields, registry
from rekey.converters.rule import Rule
from rekey.pack import shipped_pack
from rekey.store import Store
from tests.made_rules import made, single
from tests.made_stores import store_of

KINDS = ("workload", "human", "provider")
SOURCES = pytest.mark.parametrize("source", registry().values(), ids=registry())


def records(source: LogSourceFields) -> Iterator[dict[str, Any]]:
    for file in sorted((shipped_pack().fixtures / source.product).glob("*/*.ndjson")):
        for line in file.read_bytes().splitlines():
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue  # a fixture may hold broken lines on purpose
            record = record.get("record", record)
            if all(key.split(".")[0] in record for key in source.required):
                yield record


def logsource(source: LogSourceFields) -> dict[str, str]:
    return {"product": source.product, "service": source.service}


def as_cases(source: LogSourceFields, kind: str) -> Rule:
    cases = source.derived["actor.kind"].elastic
    assert isinstance(cases, tuple)
    detection: dict[str, Any] = {f"case_{n}": case.when for n, case in enumerate(cases)}
    ways = []
    for n, case in enumerate(cases):
        before = "".join(f" and not case_{i}" for i in range(n))
        ways += [f"(case_{n}{before})"] if case.value == kind else []
    detection["condition"] = " or ".join(ways)
    return made(single("cases", detection, logsource(source)))


def as_derived(source: LogSourceFields, kind: str) -> Rule:
    detection = {"kind": {"actor.kind": kind}, "condition": "kind"}
    return made(single("derived", detection, logsource(source)))


def matched(rule: Rule, store: Store) -> set[int]:
    layouts = {name: plan.layout for name, plan in store.plans.items()}
    sql = f"SELECT seq FROM ({hits(rule, layouts, store).sql})"
    return {seq for (seq,) in store.db.execute(sql).fetchall()}


@SOURCES
def test_both_say_the_same_of_every_fixture(source: LogSourceFields) -> None:
    log = list(records(source))
    assert len(log) > 100
    cases = source.derived["actor.kind"].elastic
    assert isinstance(cases, tuple)
    kinds = [kind for kind in KINDS if kind in {case.value for case in cases}]
    pairs = [(as_cases(source, kind), as_derived(source, kind)) for kind in kinds]
    with store_of(source.name, [log], [rule for pair in pairs for rule in pair]) as store:
        for kind, (mine, derived) in zip(kinds, pairs, strict=True):
            assert matched(mine, store) == matched(derived, store), kind
