import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rekey.report.raw_json import DEPTH_LIMIT, STRING_LIMIT, TEXT_LIMIT, pretty

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), VALUES))
def test_text_is_safe_and_says_exactly_what_was_logged(document: dict[str, Any]) -> None:
    text = pretty(document)
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text) == document


def test_keys_keep_their_order() -> None:
    assert pretty({"b": 1, "a": 2}) == '{\n  "b": 1,\n  "a": 2\n}'


def test_long_strings_are_cut_and_say_so() -> None:
    text = pretty({"userAgent": "A" * 100_000, "after": "kept"})
    assert len(text) < STRING_LIMIT + 200
    assert f"({100_000 - STRING_LIMIT:,} more characters)" in text
    assert '"after": "kept"' in text


def test_deep_and_wide_records_are_bounded() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    assert pretty(deep).count('"a"') == DEPTH_LIMIT
    assert len(pretty({str(place): "x" for place in range(100_000)})) < TEXT_LIMIT + 60
