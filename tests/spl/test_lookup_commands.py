"""Lookup commands, after Splunk's Search Reference."""

import pytest

from tests.spl.lookups import Lookups, Table
from tests.spl.reading import FIRST
from tests.spl.refusal import Refused
from tests.spl.runs import START, column
from tests.spl.search import Search
from tests.spl.values import Row

_EVENTS: list[Row] = [
    {"_time": START, "user": "ann", "ip": "10.1.2.3"},
    {"_time": START - 1, "user": "Bob", "ip": "192.0.2.1"},
    {"_time": START - 2, "ip": "10.9.9.9"},
]


def _search(**settings: object) -> Search:
    owners = Table("owners", ("user", "owner", "net"), keyed=True, **settings)  # type: ignore[arg-type]
    owners.put({"user": "ann", "owner": "platform", "net": "10.0.0.0/8"})
    owners.put({"user": "bob", "owner": "search", "net": "192.0.2.0/24"})
    return Search(_EVENTS, FIRST, START + 1, lookups=Lookups({"owners": owners}))


def test_lookup_adds_columns_where_the_key_fits() -> None:
    rows = _search().run("search * | lookup owners user OUTPUT owner AS team")
    assert column(rows, "team") == ["platform", None, None]


def test_a_lookup_may_ignore_case() -> None:
    rows = _search(ignore_case=True).run("search * | lookup owners user OUTPUT owner")
    assert column(rows, "owner") == ["platform", "search", None]


def test_a_lookup_may_match_networks() -> None:
    search = _search(match_types={"net": "CIDR"})
    rows = search.run("search * | lookup owners net AS ip OUTPUTNEW user")
    assert column(rows, "user") == ["ann", "Bob", "ann"]


def test_several_matches_give_several_values() -> None:
    search = _search()
    search.lookups.table("owners").put({"user": "ann", "owner": "second"})
    rows = search.run("search user=ann | lookup owners user OUTPUT owner")
    assert column(rows, "owner") == [("platform", "second")]


def test_outputlookup_replaces_or_adds() -> None:
    search = _search()
    table = search.lookups.table("owners")
    search.run('search user=Bob | eval owner="new" | outputlookup append=true owners')
    assert column(table.rows, "owner") == ["platform", "search", "new"]
    (key,) = (row["_key"] for row in table.rows if row["user"] == "ann")
    search.run('| inputlookup owners where user=ann | eval owner="x" | outputlookup owners')
    assert [(row["user"], row["owner"], row["_key"]) for row in table.rows] == [("ann", "x", key)]


def test_a_key_field_adds_to_the_table_unless_told_otherwise() -> None:
    search = _search()
    table = search.lookups.table("owners")
    search.run('search user=ann | eval owner="x", k="1" | outputlookup key_field=k owners')
    assert len(table.rows) == 3
    search.run(
        'search user=ann | eval owner="x", k="1" | outputlookup append=false key_field=k owners'
    )
    assert column(table.rows, "_key") == ["1"]


def test_a_table_that_is_emptied_before_the_search_cannot_be_read_in_it() -> None:
    with pytest.raises(Refused, match="emptied before"):
        _search().run(
            "| inputlookup owners | eval k=_key | outputlookup append=false key_field=k owners"
        )


def test_a_row_replaces_the_one_with_the_same_key() -> None:
    search = _search()
    for owner in ("first", "second"):
        search.run(
            f'search user=ann | eval owner="{owner}", k=md5(user) '
            "| outputlookup append=true key_field=k owners"
        )
    rows = search.run("| inputlookup owners where user=ann owner!=platform")
    assert column(rows, "owner") == ["second"]


def test_an_empty_result_empties_the_table_unless_told_otherwise() -> None:
    search = _search()
    search.run("search user=nobody | outputlookup override_if_empty=false owners")
    assert len(search.lookups.table("owners").rows) == 2
    search.run("search user=nobody | outputlookup owners")
    assert search.lookups.table("owners").rows == []


@pytest.mark.parametrize(
    "search",
    [
        "search * | lookup nosuch user OUTPUT owner",
        "search * | lookup owners user OUTPUT nosuch",
        "search * | lookup owners user",
        "search * | lookup",
        "search * | inputlookup owners",
        "search * | outputlookup",
        "search * | outputlookup createinapp=true owners",
        "search * | lookup owners user OUTPUT owner AS ip",
    ],
)
def test_what_is_unknown_is_refused(search: str) -> None:
    with pytest.raises(Refused):
        _search().run(search)
