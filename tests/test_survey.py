"""What the survey tells of events: of many rules at once, by names, by patterns and by texts."""

from collections.abc import Generator, Sequence
from threading import Event
from typing import Any

import pytest

from rekey import side_by_side
from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.side_by_side import evaluate_all
from tests.made_rules import AWS, base, correlation, made, single
from tests.made_stores import matches_by_part, store_of
from tests.sources.samples import cloudtrail

Record = dict[str, Any]

MANY = 130
"""Rules whose answers by yes and no need more than two columns."""


def counting(number: int, call: str, **more: Any) -> Rule:
    wanted = {"kind": "event_count", "condition": {"gte": 2}} | more
    kind = wanted.pop("kind")
    name = f"calls {number}"
    return made(
        base(name, {"eventName": call}, AWS),
        correlation(kind, [name], ["userIdentity.arn"], "10m", **wanted),
        path=f"test/{name.replace(' ', '_')}",
    )


def call(number: int, name: str, **fields: Any) -> Record:
    return cloudtrail(number) | {"eventName": name} | fields


def fired(rules: Sequence[Rule], log: Sequence[Record]) -> set[str]:
    with store_of("aws_cloudtrail", [log], rules) as store:
        return {rule.path for rule in rules if matches_by_part(rule, store)}


def test_each_of_many_rules_sees_its_own_calls() -> None:
    rules = [counting(n, f"DescribeThing{n}") for n in range(MANY)]
    wanted = (0, 58, 59, 60, 61, 119, 120, MANY - 1)
    log = [
        call(n * 10 + time, f"DescribeThing{n}")
        for n in range(MANY)
        for time in range(2 if n in wanted else 1)
    ]
    assert fired(rules, log) == {f"test/calls_{n}" for n in wanted}


def test_names_and_patterns_find_the_same_call() -> None:
    calls = ["GetThing", "GetThing*", "Get*", "*Thing", "GetThin?", "GetThings", "GetTh*ings"]
    rules = [counting(n, each) for n, each in enumerate(calls)]
    assert fired(rules, [call(n, "getthing") for n in range(2)]) == {
        f"test/calls_{n}" for n in range(5)
    }


def test_single_events_are_found_beside_many_counted_ones() -> None:
    rules = [counting(n, f"DescribeThing{n}") for n in range(MANY)]
    alone = made(single("alone", {"eventName": ["DeleteThing", "DropThing*"]}, AWS))
    by_agent = made(single("agent", {"userAgent|contains": "kali"}, AWS), path="test/agent")
    log = [call(1, "DropThings"), call(2, "DescribeThing7"), call(3, "X", userAgent="a Kali b")]
    assert fired([*rules, alone, by_agent], log) == {alone.path, by_agent.path}


def test_rules_are_quiet_at_once_where_no_event_is_of_a_call_that_they_name() -> None:
    plain = made(single("plain", {"eventName": ["DeleteThing", "Drop.Thing"]}, AWS))
    wild = made(single("wild", {"eventName": "Make*"}, AWS), path="test/wild")
    agent = made(single("agent", {"userAgent|contains": "kali"}, AWS), path="test/agent")
    rules = [plain, wild, agent]
    log = [call(1, "Remake"), call(2, "DropsThing"), call(3, "MAKEThings"), call(4, "GetThing")]
    with store_of("aws_cloudtrail", [log], rules) as store:
        assert [store.is_quiet(rule) for rule in rules] == [True, False, False]
    assert fired(rules, log) == {wild.path}
    with store_of("aws_cloudtrail", [[call(1, "deletething")]], rules) as store:
        assert [store.is_quiet(rule) for rule in rules] == [False, True, False]


def test_values_that_a_text_tells_are_counted_by_what_they_are() -> None:
    systems = counting(1, "*", kind="value_count", condition={"field": "client.system", "gte": 2})
    tools = made(single("tools", {"userAgent|contains": "kali"}, AWS), path="test/tools")
    two = ["x os/linux#6.1.1 a", "x os/macos#24.0 a"]
    same = ["x os/linux#6.1.1 a", "y os/linux#6.1.1 b", "none", ""]
    for agents, wanted in ((two, {systems.path}), (same, set())):
        log = [call(n, "GetThing", userAgent=agent) for n, agent in enumerate(agents)]
        assert fired([systems, tools], log) == wanted


def test_rules_find_the_same_side_by_side_as_one_by_one() -> None:
    rules = [counting(n, f"DescribeThing{n}") for n in range(40)]
    log = [call(n * 10 + time, f"DescribeThing{n}") for n in range(0, 40, 3) for time in range(3)]
    with store_of("aws_cloudtrail", [log], rules) as store:
        baselines = Baselines()
        baselines.open(store.db)
        alone = [[m for found in matches_by_part(r, store).values() for m in found] for r in rules]
        assert list(evaluate_all(rules, store, baselines)) == alone
    assert [len(found) for found in alone] == [int(n % 3 == 0) for n in range(40)]


def test_whoever_stops_waiting_ends_the_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an interruption: a query over a large log may take minutes."""
    rules = [counting(n, f"DescribeThing{n}") for n in range(3)]
    endless = "SELECT count(*) FROM range(1_000_000_000_000) AS t(i) WHERE i % 7 = 3"
    running = Event()

    def evaluated(some: Sequence[Rule], *_: Any, db: Any, **__: Any) -> list[Any]:
        if rules[0] not in some:
            running.set()
            db.execute(endless)
        return [[] for _ in some]

    monkeypatch.setattr(side_by_side, "evaluate", evaluated)
    with store_of("aws_cloudtrail", [[call(1, "GetThing")]], rules) as store:
        found = evaluate_all(rules, store, Baselines())
        assert isinstance(found, Generator)  # so that it can be closed
        assert next(found) == []
        assert running.wait(60)
        found.close()


def read_in_full(rule: Rule, log: Sequence[Record]) -> set[str]:
    with store_of("aws_cloudtrail", [log], [rule]) as store:
        found = store.db.execute('SELECT "eventID" FROM full_aws_cloudtrail').fetchall()
    return {each for (each,) in found}


def test_of_a_group_only_what_comes_together_is_read_in_full() -> None:
    rule = counting(1, "GetThing", condition={"gte": 3})
    times = ["09:00:00", "09:09:59", "09:10:00", "11:00:00", "11:10:01", "11:20:02", "12:00:00"]
    log = [
        call(n, "GetThing", eventTime=f"2026-11-04T{time}Z", eventID=time)
        for n, time in enumerate(times)
    ]
    assert read_in_full(rule, log) == set(times[:3])
    assert fired([rule], log) == {rule.path}
    assert fired([rule], log[1:]) == set()
