from rekey.report.findings import Findings, by_level, label, note, pill_width, worst
from tests.report.samples import ALERTS, at


def test_findings_are_numbered_in_the_order_in_which_they_began() -> None:
    found = Findings(ALERTS[::-1]).in_order
    assert [one.rule.path for one in found] == [alert.rule.path for alert in ALERTS]
    assert [one.number for one in found] == list(range(1, 10))


def test_alerts_of_one_rule_are_one_finding() -> None:
    again = ALERTS[0].model_copy(
        update={"id": "f" * 16, "first": at("12:00:00"), "last": at("12:01:00")}
    )
    findings = Findings([*ALERTS, again])
    first = findings.in_order[0]
    assert len(findings.in_order) == 9
    assert (first.events, first.first, first.last) == (8, at("09:14:02"), at("12:01:00"))
    assert findings.of([again.id]) == [first]


def test_unknown_ids_are_skipped_and_equal_ones_told_once() -> None:
    findings = Findings(ALERTS)
    assert [one.number for one in findings.of(["?", ALERTS[4].id, ALERTS[1].id, ALERTS[4].id])] == [
        2,
        5,
    ]
    assert findings.of([]) == []


def test_labels_name_three_and_count_the_rest() -> None:
    found = Findings(ALERTS).in_order
    assert label(found[:3]) == "1 2 3"
    assert label(found) == "1 2 3 +6"
    assert label(()) == ""
    assert pill_width(label(found)) > pill_width(label(found[:1]))


def test_notes_tell_number_level_and_title() -> None:
    assert note(Findings(ALERTS).in_order[5:6]) == (
        "finding 6, critical: A bound service account token is used from an address that is "
        "not its pod's"
    )


def test_levels_come_worst_first() -> None:
    found = Findings(ALERTS).in_order
    assert [level for level, _ in by_level(found)] == ["critical", "high", "medium", "low"]
    assert worst(found) == "critical"
    assert worst(()) is None
