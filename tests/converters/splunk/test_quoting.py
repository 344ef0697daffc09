"""A value stays a value: whatever a rule's text holds, it can neither end its string nor be a pattern."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.types import SigmaString, SpecialChars

from rekey.converters.splunk.prefilter import widened
from rekey.converters.splunk.quoting import argument, field, is_plain, literal, pattern, slug
from rekey.converters.splunk.text_match import Match, as_match, regex

HOSTILE = st.text(st.sampled_from("\"'\\`$|[](){}*?.+^-\n\r\t\0 aZ0é\u2028=<>,;#%&"), max_size=12)
TEXT = st.one_of(HOSTILE, st.text(max_size=12))
WILD = st.lists(
    st.one_of(TEXT.filter(bool), st.sampled_from(list(SpecialChars)[:2])), min_size=1, max_size=5
)


def inside(string: str) -> str:
    """Read a string of an expression as Splunk does, and hold that it is one string to its end."""
    assert string.startswith('"') and string.endswith('"') and len(string) > 1
    body = string[1:-1]
    assert not re.search(r'(?<!\\)(?:\\\\)*"', body), "a quotation mark ends the string"
    assert (len(body) - len(body.rstrip("\\"))) % 2 == 0, "the closing mark is escaped away"
    return body


def fits(parts: list[object], text: str) -> bool:
    """What Sigma means: texts compare without case, * is any text, ? any letter."""
    if not parts:
        return not text
    first, *rest = parts
    if first is SpecialChars.WILDCARD_MULTI:
        return any(fits(rest, text[i:]) for i in range(len(text) + 1))
    if first is SpecialChars.WILDCARD_SINGLE:
        return bool(text) and fits(rest, text[1:])
    wanted = str(first)
    return text[: len(wanted)].lower() == wanted.lower() and fits(rest, text[len(wanted) :])


@given(TEXT)
def test_a_pattern_fits_its_text_alone(text: str) -> None:
    written = regex([Match((text,) if text else ())])
    found = re.compile(inside(written))
    assert found.search(text)
    assert not found.search(text + "x")
    assert not found.search("x" + text)
    assert not found.search(text + "\n")
    assert "`" not in written and "$$" not in written


@given(WILD, TEXT)
def test_a_pattern_fits_what_the_wildcards_mean(parts: list[object], text: str) -> None:
    match = Match(tuple(parts))  # type: ignore[arg-type]
    if match.is_anything:
        return  # compiled as "not empty", without a pattern
    joined = "".join(part if isinstance(part, str) else "q" for part in parts)
    found = re.compile(inside(regex([match])))
    for each in (text, joined, f"{joined}{text}", f"{text}{joined}"):
        if each.lower().upper() == each.upper() and each.isascii():
            assert bool(found.search(each)) == fits(parts, each), (parts, each)


@given(st.lists(HOSTILE.filter(bool), min_size=1, max_size=4), HOSTILE)
def test_alternatives_fit_each_text_and_no_other(texts: list[str], other: str) -> None:
    found = re.compile(inside(regex([Match((text,)) for text in texts])))
    assert all(found.search(text) for text in texts)
    if other.lower() not in [text.lower() for text in texts] and other.isascii():
        assert not found.search(other)


@given(TEXT)
def test_what_is_compared_as_text_needs_no_quoting(text: str) -> None:
    if is_plain(text):
        assert inside(f'"{text}"') == text
        assert "\\" not in text and "\n" not in text and "`" not in text


@given(TEXT)
def test_search_terms_hold_plain_characters_only(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.:/@+ *-]*", widened(text))


@given(TEXT)
def test_a_search_term_is_never_narrower_than_its_value(text: str) -> None:
    term = widened(text)
    wildcards = "".join(".*" if letter == "*" else re.escape(letter) for letter in term)
    assert re.fullmatch(wildcards, text, re.DOTALL)


def test_escapes_of_sigma_are_texts() -> None:
    assert as_match(SigmaString(r"\*a*")).parts == ("*a", SpecialChars.WILDCARD_MULTI)
    assert pattern("*") == r"\*"
    assert pattern('"') == r"\x22"


def test_names() -> None:
    assert field("eventName") == "eventName"
    assert field("user.username") == "'user.username'"
    assert argument("sourceIPs{}") == '"sourceIPs{}"'
    assert argument("user.username") == "user.username"
    assert slug("aws/some-rule") == "aws_some_rule"
    for refused in ("a'b", 'a"b'):
        with pytest.raises(ValueError, match="no field"):
            field(refused)
    with pytest.raises(ValueError, match="plain text"):
        literal('a"b')
