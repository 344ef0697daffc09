"""No text of a rule or a log, however odd, breaks out of the SQL or is mistaken for another."""

import re

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rekey.converters.duckdb.sql import literal, name
from tests.made_rules import base, correlation, made, single
from tests.made_stores import matches_by_part, store_of
from tests.oracle.event_logs import record
from tests.oracle.windows import Event

HOSTILE = (
    "'", "''", "'; DROP TABLE hits; --", '"', '"; --', "\\", "\\'", "\\\\", "%", "_", "100%_\\%",
    "{actor}", "{}", "{", "}", "$1", "?", "*", "**", "a*b?c", "\0", "nul\0byte", "\n", "\t ", "/*",
    "İstanbul", "ΟΔΥΣΣΕΥΣ", "ǅ", "ß", "K", "ﬃ", "e\u0301", "𐐀", "\u200b", "🔑", "null", "true", "1e400",
)  # fmt: skip
texts = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=12)


def plain(text: str) -> str:
    """A Sigma value that means this very text."""
    return re.sub(r"([\\*?])", r"\\\1", text)


@given(texts)
def test_a_literal_is_the_text(text: str) -> None:
    assert duckdb.execute(f"SELECT {literal(text)}").fetchone() == (text,)


@given(texts.filter(lambda text: "\0" not in text))
def test_a_name_is_the_text(text: str) -> None:
    (column,) = duckdb.execute(f"SELECT 1 AS {name(text)}").description
    assert column[0] == text


@settings(max_examples=15)
@given(st.lists(texts, min_size=5, max_size=12, unique=True))
@example(list(HOSTILE))
def test_a_rule_with_the_texts_own_letters_matches_it(some: list[str]) -> None:
    documents = [
        {"@timestamp": 1_793_577_600_000, "action": "x", "user_agent": text} for text in some
    ]
    for modifier in ("", "|contains", "|startswith", "|endswith"):
        rules = [made(single("own", {f"user_agent{modifier}": plain(text)})) for text in some]
        with store_of("github_audit", [[d] for d in documents], rules) as store:
            for part, rule in enumerate(rules, start=1):
                assert part in matches_by_part(rule, store), (modifier, some[part - 1])


def test_a_whole_value_matches_no_other() -> None:
    rules = [made(single("own", {"user_agent": plain(text)})) for text in HOSTILE]
    logs = [
        [{"@timestamp": 1_793_577_600_000, "action": "x", "user_agent": text}] for text in HOSTILE
    ]
    with store_of("github_audit", logs, rules) as store:
        for part, rule in enumerate(rules, start=1):
            assert set(matches_by_part(rule, store)) == {part}, HOSTILE[part - 1]


@pytest.mark.parametrize("kind", ["value_count", "first_seen"])
def test_group_keys_and_values_come_back_as_they_were(kind: str) -> None:
    """Each hostile text is a group of its own, and each is a value of that group."""
    learns = {"first_seen": {"history": "5d", "maturity": "1d", "min_events": 1}}
    rule = made(
        base("any", {"action": "repo.access"}),
        correlation(
            "value_count", ["any"], ["actor"], "5d", condition={"field": "repo", "gte": 2},
            **(learns if kind == "first_seen" else {}),
        ),
    )  # fmt: skip
    log = [
        event
        for number, text in enumerate(HOSTILE)
        for event in (
            Event(f"{number}a", 0, text, "usual"),
            Event(f"{number}b", 2 * 86_400, text, text),
        )
    ]
    with store_of("github_audit", [[record(event) for event in log]], [rule]) as store:
        matches = matches_by_part(rule, store)[1]
    assert {match.keys for match in matches} == {(text,) for text in HOSTILE}
    if kind == "first_seen":
        assert {(match.keys[0], match.value) for match in matches} == {(t, t) for t in HOSTILE}
        assert {match.expected for match in matches} == {("usual",)}
