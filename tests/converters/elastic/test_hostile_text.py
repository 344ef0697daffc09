"""A value stays a value in every language, whatever it holds."""

import re
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from rekey.converters.elastic.condition import Equals, Like, Wildcard
from rekey.converters.elastic.dsl import Dsl
from rekey.converters.elastic.eql import Eql
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.kql import Kql, quoted
from rekey.converters.elastic.quoting import column, literal
from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import registry
from rekey.site import Site

SOURCE = registry()["aws_cloudtrail"]
ECS = Schema("ecs")
FIELD = "userAgent"
FLATTENED = "requestParameters.policyArn"

SPITE = st.lists(
    st.sampled_from([
        '"', "'", "\\", "*", "?", "(", ")", "[", "]", "{", "}", "|", "\n", "\r", "\t", "\0", "`",
        " or ", " AND ", "not", "//", "/*", "--", "${x}", ":", "<", ">", "=", ",", "Ω", "é", "\u2028",
        '" OR true OR "', "`", "where", "null", "\u202e", "😀", "a",
    ])
).map("".join)  # fmt: skip
TEXT = st.one_of(SPITE, st.text())

_LITERAL = re.compile(r'"(?:[^"\\\n\r\t]|\\["\\nrt])*"')
_UNESCAPED = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def read(text: str) -> str:
    """Read a literal as the languages' grammars do."""
    return re.sub(r"\\(.)", lambda match: _UNESCAPED[match[1]], text[1:-1])


def parts(text: str) -> list[str]:
    """Give the literals of a query."""
    return [read(each) for each in _LITERAL.findall(text)]


def without_literals(text: str) -> str:
    return _LITERAL.sub("…", text)


@given(TEXT)
def test_a_literal_is_one_token_that_reads_back(text: str) -> None:
    assert _LITERAL.fullmatch(literal(text))
    assert read(literal(text)) == text
    assert read(quoted(text)) == text


@given(TEXT)
def test_a_name_is_one_identifier(name: str) -> None:
    made = column(name)
    if made.startswith("`"):
        assert made[1:-1].replace("``", "`") == name
        assert "`" not in made[1:-1].replace("``", "")
    else:
        assert made == name
        assert re.fullmatch(r"[\w@.]+", made)


@given(TEXT)
def test_esql_gets_the_value_and_nothing_else(text: str) -> None:
    made = Esql(SOURCE, ECS, Site()).text(Equals(FIELD, text))
    assert without_literals(made) == without_literals(
        Esql(SOURCE, ECS, Site()).text(Equals(FIELD, "x"))
    )
    assert parts(made) == [text.lower()]


@given(TEXT)
def test_an_esql_pattern_has_only_our_wildcards(text: str) -> None:
    made = Esql(SOURCE, ECS, Site()).text(Like(FIELD, (Wildcard.MANY, text, Wildcard.MANY)))
    (found,) = parts(made)
    inner = re.sub(r"\\[\\*?]", "", found)
    assert inner.count("*") == 2
    assert "?" not in inner
    assert re.sub(r"\\(.)", r"\1", found[1:-1], flags=re.DOTALL) == text.lower()


@given(TEXT)
def test_eql_gets_the_value_or_refuses_it(text: str) -> None:
    language = Eql(SOURCE, ECS)
    test = Equals(FIELD, text)
    if language.blindness(test):
        assert "*" in text or "?" in text
        return
    made = language.text(test)
    assert without_literals(made) == "user_agent.original : …"
    assert parts(made) == [text]


@given(TEXT)
def test_query_dsl_carries_the_value_as_json(text: str) -> None:
    query = Dsl(SOURCE, ECS).query(Equals(FIELD, text))
    assert leaves(query) == [text, True]
    contains = Dsl(SOURCE, ECS).query(Like(FIELD, (Wildcard.MANY, text, Wildcard.MANY)))
    (pattern, _) = leaves(contains)
    assert re.sub(r"\\(.)", r"\1", pattern[1:-1], flags=re.DOTALL) == text


@given(TEXT)
def test_text_of_an_object_is_searched_for_the_value_alone(text: str) -> None:
    query = Dsl(SOURCE, ECS).query(Like(FLATTENED, (Wildcard.MANY, text, Wildcard.MANY)))
    patterns = [leaf for leaf in leaves(query) if isinstance(leaf, str)]
    for pattern in patterns:
        plain = re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)
        assert f"policyArn=*{text}*" in plain


@given(TEXT)
def test_kql_for_people_keeps_the_value_in_quotes(text: str) -> None:
    made = Kql(SOURCE, ECS).text(Equals(FIELD, text))
    assert made == f"user_agent.original: {quoted(text)}"


def leaves(query: Any) -> list[Any]:
    """Give the values of a query, as they go over the wire."""
    wire = orjson.loads(orjson.dumps(query, option=orjson.OPT_NON_STR_KEYS))
    return list(_walk(wire))


def _walk(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [leaf for key in sorted(part, reverse=True) for leaf in _walk(part[key])]
    if isinstance(part, list):
        return [leaf for each in part for leaf in _walk(each)]
    return [part]
