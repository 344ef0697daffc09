from rekey.report.findings import Findings
from rekey.report.timeline_svg import Timeline, draw
from tests.report.samples import ALERTS, CREDENTIALS, RULES, TIMELINE, crowded


def realistic() -> Timeline:
    picture = draw(TIMELINE, Findings(ALERTS), CREDENTIALS)
    assert picture is not None
    return picture


def test_one_lane_per_source_in_order_of_appearance() -> None:
    assert [lane.source for lane in realistic().lanes] == [
        "github_audit", "aws_cloudtrail", "kubernetes_audit", "vault_audit", "gcp_audit"
    ]  # fmt: skip


def test_every_finding_is_flagged_where_it_begins_with_its_number() -> None:
    flags = [flag for lane in realistic().lanes for flag in lane.flags]
    assert sorted(flag.label for flag in flags) == [str(number) for number in range(1, 10)]
    assert {flag.label: flag.level for flag in flags}["9"] == "critical"


def test_flags_of_one_row_do_not_overlap() -> None:
    for lane in realistic().lanes:
        for flag in lane.flags:
            right = [
                other.x
                for other in lane.flags
                if other.row == flag.row and other is not flag and other.x >= flag.x
            ]
            assert all(x - flag.x >= flag.width for x in right)


def test_lanes_make_room_for_their_flags() -> None:
    lanes = realistic().lanes
    tops = [realistic().top, *(lane.base for lane in lanes)]
    for top, lane in zip(tops, lanes, strict=False):
        assert all(lane.row(flag.row) - 9 >= top for flag in lane.flags)


def test_threads_lead_from_mint_to_first_use_across_lanes() -> None:
    notes = [thread.note for thread in realistic().threads]
    assert any("ASIA5EXAMPLELEDGER02, first used in kubernetes_audit" in note for note in notes)
    assert any("first used in vault_audit" in note for note in notes)
    assert {thread.link for thread in realistic().threads} >= {"proven", "derived"}


def test_every_act_is_counted() -> None:
    picture = realistic()
    assert sum(lane.acts for lane in picture.lanes) == sum(step.count for step in TIMELINE)
    assert sum(lane.minted for lane in picture.lanes) == 7
    assert "kubernetes_audit: 34 acts, 2 findings, 1 credential issued" in picture.description


def test_marks_stay_within_the_picture() -> None:
    picture = realistic()
    places = [bar.x for lane in picture.lanes for bar in lane.bars]
    places += [ring.x for lane in picture.lanes for ring in lane.rings]
    places += [flag.x for lane in picture.lanes for flag in lane.flags]
    assert picture.left <= min(places) and max(places) <= picture.right
    assert picture.lanes[-1].base < picture.height


def test_two_thousand_steps_share_marks() -> None:
    case = crowded().cases[0]
    picture = draw(case.timeline, Findings(case.alerts), case.credentials)
    assert picture is not None
    assert sum(len(lane.bars) for lane in picture.lanes) < 500
    assert sum(lane.acts for lane in picture.lanes) == 2000


def test_many_sources_share_the_last_lane() -> None:
    steps = [TIMELINE[0].model_copy(update={"source": f"source{place}"}) for place in range(30)]
    picture = draw(steps, Findings(()), ())
    assert picture is not None
    assert picture.lanes[-1].source == "18 other sources"
    assert picture.lanes[-1].acts == 18


def test_an_alert_that_issues_a_credential_is_a_ring_as_well() -> None:
    as_alert = [
        step.model_copy(update={"role": "alert"}) if step.event_id == "m-ledger" else step
        for step in TIMELINE
    ]
    picture = draw(as_alert, Findings(ALERTS), CREDENTIALS)
    assert picture is not None
    assert picture.lanes[1].minted == realistic().lanes[1].minted == 3


def test_many_findings_at_one_moment_join_a_flag() -> None:
    alerts = [
        ALERTS[0].model_copy(update={
            "id": f"{place:016x}", "rule": RULES[0].model_copy(update={"path": f"aws/rule{place}"})
        })
        for place in range(40)
    ]  # fmt: skip
    step = TIMELINE[12].model_copy(update={"role": "alert"})
    steps = [step.model_copy(update={"alerts": (alert.id,)}) for alert in alerts]
    picture = draw(steps, Findings(alerts), ())
    assert picture is not None
    flags = picture.lanes[0].flags
    assert len(flags) == 4
    assert flags[0].label == "1 5 6 +34"


def test_no_step_no_picture() -> None:
    assert draw((), Findings(()), ()) is None
