import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekey.report.safe_text import CELL_LIMIT, csv_cell, shorten, show, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:role/deploy"),
        ("Zürich 東京 🙂", "Zürich 東京 🙂"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x9b31m", r"a\x9b31m"),
        ("tab\tline\nend\r", r"tab\tline\nend\r"),
        ("admin\u202egpj.exe", r"admin\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("no\xa0break", r"no\xa0break"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800", r"\ud800"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("nul\x00", r"nul\x00"),
    ],
)
def test_only_characters_that_a_screen_would_act_on_are_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_names_that_differ_in_an_invisible_character_do_not_look_alike() -> None:
    assert visible("admin\u200b") != visible("admin")


def test_accents_piled_on_one_letter_are_spelled_out_from_the_fifth_on() -> None:
    assert visible("e" + "\u0301" * 4) == "e" + "\u0301" * 4
    assert visible("e" + "\u0301" * 6) == "e" + "\u0301" * 4 + r"\u0301\u0301"


@given(st.text(st.characters(codec=None)))
def test_what_is_shown_is_printable_and_stays_so(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    shown.encode("utf-8")


@given(st.text(max_size=80), st.integers(2, 40))
def test_shortened_text_fits_and_keeps_both_ends(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) == min(len(text), limit)
    if len(text) > limit:
        assert short[0] == text[0]
        assert limit == 2 or short[-1] == text[-1]


def test_long_text_is_cut_and_says_by_how_much() -> None:
    shown = show("A" * 100_000 + "end")
    assert len(shown) < CELL_LIMIT + 40
    assert shown.endswith("end")
    head, _, rest = shown.partition(" …(")
    left_out, _, tail = rest.partition(" characters left out)… ")
    assert len(head) + int(left_out.replace(",", "")) + len(tail) == 100_003


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "  =", "\uff1d"])
def test_a_cell_that_begins_a_formula_is_neutralised(start: str) -> None:
    assert csv_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["a=b", "1-2", "user@example.com", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == text


def test_a_control_character_cannot_hide_a_formula() -> None:
    assert not csv_cell("\t=1+1").startswith(("\t", "="))
