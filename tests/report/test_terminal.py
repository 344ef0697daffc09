import re
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from rekey.case import NotEvaluable
from rekey.report.html import page
from rekey.report.terminal import alerts_table, replay_summary, summary
from tests.report.hostile import hostile
from tests.report.samples import ALERTS, at, crowded, empty, investigation, many


def printed(what: RenderableType, width: int = 100, *, colour: bool = False) -> str:
    file = StringIO()
    console = Console(
        file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None
    )
    console.print(what)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("make", [investigation, empty, crowded, hostile, many])
def test_no_line_is_wider_than_the_terminal(width: int, make: object) -> None:
    assert callable(make)
    found = make()
    for what in (summary(found), alerts_table(found.other_alerts)):
        assert all(cell_len(line) <= width for line in printed(what, width).split("\n"))


def test_log_text_cannot_speak_to_the_terminal() -> None:
    found = hostile()
    text = printed(summary(found)) + printed(alerts_table(found.cases[0].alerts))
    assert all(line.isprintable() for line in text.split("\n"))
    assert r"\x1b[31;1mred" in text


def test_log_text_cannot_speak_markup() -> None:
    text = printed(summary(hostile()), 200, colour=True)
    assert "[blink]:bomb:" in text
    assert "\x1b]8;" not in text
    assert "\x1b[5m" not in text


def test_the_summary_tells_a_case_in_the_responders_order() -> None:
    text = printed(summary(investigation()), 160)
    labels = ["When", "Because", "Who", "Credential", "Abnormal", "Chain", "Findings", "Reach",
              "Options", "Caution", "In the SIEM", "Unanswered", "Other alerts", "Habits",
              "Logs"]  # fmt: skip
    places = [text.index(f"\n{label}") for label in labels]
    assert places == sorted(places)
    for said in ("One critical case needs a response.", "unknown owner", "14 alerts (9 in cases)",
                 "→ proven AWS session key ASIA5EXAMPLELEDGER02", "3 of 8 credentials had not expired",
                 "3 × no spire_audit logs in the input", "28 alerts", "30 days since 2026-10-20",
                 "known targets; networks change all the time", "2 identities are too young", "14 rejected",
                 "repository example-org/shop", "its workflow's token acted: findings 1–2",
                 "speak for, from 203.0.113.0/24: findings 5–8", "aws/registry_pull_from_new_region is switched off"):  # fmt: skip
        assert said in text, said


def test_what_is_alike_takes_one_line() -> None:
    found = investigation()
    case = found.cases[0]
    asked = tuple(
        NotEvaluable(what=what, reason="no event carries it") for what in ("aws/a", "aws/b")
    )
    source = found.readiness[0]
    gaps = ((at("02:00:00"), at("03:00:00")), (at("05:00:00"), at("07:30:00")))
    told = found.model_copy(
        update={
            "cases": (case.model_copy(update={"not_evaluable": asked}),),
            "readiness": (source.model_copy(update={"gaps": gaps}),),
        }
    )
    text = printed(summary(told), 160)
    assert re.search(r"Unanswered +aws/a, aws/b +\n +no event carries it +\n", text)
    assert re.search(r"2 gaps, the longest \S+ 05:00:00 – 07:30:00, 2 h 30 min", text)


def test_of_usual_values_as_many_are_named_as_fit_and_one_at_least() -> None:
    found = investigation()
    case = found.cases[0]
    way = case.abnormal[0]
    long = tuple(f"arn:aws:iam::111122223333:role/{n}{'x' * 60}" for n in range(5))
    for expected, told in ((long, "and 4 more"), (("a" * 300,), "…"), (("a", "b"), "a, b ·")):
        ways = (way.model_copy(update={"expected": expected}),)
        told_case = case.model_copy(update={"abnormal": ways})
        text = printed(summary(found.model_copy(update={"cases": (told_case,)})), 200)
        line = text[text.index("expected: ") :]
        assert told in line[: line.index(way.basis[:6])]


def test_of_many_cases_it_says_whom_they_are_about_and_tells_some() -> None:
    text = printed(summary(many()), 120)
    headings = ["Whom they are about", "Case 1 of 121", "Case 9 of 121", "Case 121 of 121",
                "Further cases", "and 61 more cases, in the other reports"]  # fmt: skip
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "Case 10 of 121" not in text
    assert "120 cases" in text[places[0] : places[1]]
    ids = re.findall(r"shop-\d+", text[places[4] :])
    assert ids == [f"shop-{place}" for place in range(9, 59)], "for `rekey contain plan --case`"


def test_a_few_cases_need_no_overview() -> None:
    assert "Whom they are about" not in printed(summary(crowded()))


def test_what_was_asked_for_stands_at_the_head() -> None:
    found = investigation().model_copy(update={"reported_from": at("09:00:00")})
    head = printed(summary(found), 160).split("\n")[0]
    assert re.search(r"logs from .* UTC, reported from \S+ 09:00:00 on", head)
    assert "reported from" not in printed(summary(investigation()))
    assert "reported from " in page(found) and "reported from " not in page(investigation())


def test_an_empty_finding_is_short() -> None:
    text = printed(summary(empty()))
    assert "No case and no alert." in text
    assert len(text.split("\n")) < 14


def test_alerts_are_listed_worst_first_and_bounded() -> None:
    text = printed(alerts_table(ALERTS), 160)
    assert text.index("bound_token_off_its_pod") < text.index("many_secrets_read")
    assert text.index("many_secrets_read") < text.index("new_role_chain")
    assert "and 7 more alerts" in printed(alerts_table(ALERTS, limit=2))


def test_a_replay_is_summed_up_with_what_it_could_not_do() -> None:
    found = investigation()
    told = replay_summary(
        alerts=ALERTS,
        events=49_625,
        rejected=found.rejected,
        first_rejected=found.first_rejected,
        rules=64,
        seconds=0.5,
        not_evaluable=found.not_evaluable,
    )
    text = printed(told)
    assert "9 alerts: 2 critical, 3 high, 3 medium, 1 low" in text
    assert "64 rules ran in 0.5 s (99,250 events/s)" in text
    assert "11 × cut off" in text
    assert "first logs/kubernetes_audit.ndjson.gz, record 1207: the input ends" in text
    assert "--rejects FILE keeps them" in text
    assert "3 × no spire_audit logs in the input" in text


def test_whoever_keeps_rejected_records_is_told_where() -> None:
    found = investigation()
    for shown in (
        summary(found, Path("kept.ndjson")),
        replay_summary(
            alerts=(), events=1, rejected=found.rejected, kept=Path("kept.ndjson"), rules=1
        ),
    ):
        text = printed(shown)
        assert "kept in kept.ndjson" in text
        assert "--rejects FILE" not in text


def test_a_clean_replay_is_two_lines() -> None:
    text = printed(replay_summary(alerts=(), events=1, rejected={}, rules=1))
    assert text == "0 alerts\n1 event read, 1 rule ran\n"
