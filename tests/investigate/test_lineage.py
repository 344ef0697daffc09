"""From mint to use: which credential was made with which."""

from pathlib import Path

import pytest

from rekey.canonical import events_of
from rekey.case import Case
from rekey.case_builder import CaseBuilder
from rekey.enrichers.lineage import Lineage
from rekey.enrichers.owners import Owners
from rekey.grouping import Group
from rekey.involved import involve
from rekey.replay import Replay
from rekey.report import words
from rekey.site import Site
from tests.investigate.alerts import alert, at
from tests.investigate.records import assume, call, loaded, seen_from_elsewhere


def test_a_chain_is_walked_in_both_directions(tmp_path: Path) -> None:
    records = [assume("AKIA1", "ASIA1", 0), assume("ASIA1", "ASIA2", 1), call("ASIA2", 2)]
    with loaded(tmp_path, records) as replay:
        lineage = Lineage(replay.store)
        assert [(e.child, e.parent, e.link) for e in lineage.ancestors("ASIA2")] == [
            ("ASIA2", "ASIA1", "proven"), ("ASIA1", "AKIA1", "proven"),
        ]  # fmt: skip
        assert {e.child for e in lineage.descendants(["AKIA1"])} == {"ASIA1", "ASIA2"}
        assert lineage.ancestors("AKIA1") == lineage.descendants(["ASIA2"]) == []


def test_a_credential_that_was_asked_for_is_also_a_child(tmp_path: Path) -> None:
    with loaded(tmp_path, [assume("AKIA1", "ASIA1", 0), assume("ASIA1", "ASIA2", 1)]) as replay:
        found = Lineage(replay.store).descendants(["AKIA1", "ASIA1", "ASIA2"])
        assert {(e.child, e.parent) for e in found} == {("ASIA1", "AKIA1"), ("ASIA2", "ASIA1")}


def test_a_circle_ends(tmp_path: Path) -> None:
    with loaded(tmp_path, [assume("ASIA1", "ASIA2", 0), assume("ASIA2", "ASIA1", 1)]) as replay:
        lineage = Lineage(replay.store)
        assert {e.child for e in lineage.descendants(["ASIA1"])} == {"ASIA1", "ASIA2"}
        assert {e.parent for e in lineage.ancestors("ASIA1")} == {"ASIA1", "ASIA2"}


@pytest.mark.parametrize(
    ("ip", "parent", "link"),
    [
        (None, None, "ambiguous"),
        ("203.0.113.20", "cred-B", "derived"),
        ("192.0.2.9", None, "ambiguous"),
    ],
)
def test_two_origins_that_nobody_knows_are_not_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ip: str | None, parent: str | None, link: str
) -> None:
    fitting = [("cred-A", "eks.amazonaws.com"), ("cred-B", "203.0.113.9")]
    monkeypatch.setattr(Lineage, "_fitting", lambda *_: fitting)
    with loaded(tmp_path, [assume("AKIA1", "ASIA1", 0)]) as replay:
        lineage = Lineage(replay.store)
        replay.store.db.execute("UPDATE mints SET parent = NULL, subject = 'app', ip = $1", [ip])
        found = lineage.parent("ASIA1")
        assert found is not None and (found.parent, found.link) == (parent, link)


def test_of_two_records_of_one_act_the_callers_own_counts(tmp_path: Path) -> None:
    own = assume("AKIA1", "ASIA1", 0)
    for name, records in {
        "own first": [own, seen_from_elsewhere(own)],
        "own last": [seen_from_elsewhere(own), own],
    }.items():
        with loaded(tmp_path / name, records) as replay:
            parent = Lineage(replay.store).parent("ASIA1")
            assert parent is not None and (parent.parent, parent.link) == ("AKIA1", "proven")


def test_fan_out_counts_credentials_not_records(tmp_path: Path) -> None:
    mints = [assume("AKIA1", f"ASIA{n}", n / 10) for n in range(25)]
    with loaded(tmp_path, [*mints, seen_from_elsewhere(mints[0])]) as replay:
        lineage = Lineage(replay.store)
        assert (lineage.fan_out("AKIA1"), lineage.fan_out("ASIA1")) == (25, 0)


def built(replay: Replay, hours: float, *, used: str) -> Case:
    """Build the case of one alert on the first use of a key at some hour."""
    lineage = Lineage(replay.store)
    rows = replay.store.db.execute(
        "SELECT seq FROM credential_uses WHERE id = ? AND time = ?",
        [used, at(hours).replace(tzinfo=None)],
    ).fetchall()
    rule = replay.rules.rules[0]
    raised = alert("a", hours, credential=used, rule=rule.path).model_copy(
        update={"seqs": tuple(seq for (seq,) in rows), "rule": rule.ref}
    )
    events = list(events_of(replay.store, raised.seqs, replay.files).values())
    item = involve(raised, events, lineage, Site())
    builder = CaseBuilder(replay, Owners((), Site()), lineage, (), {})
    (case,) = builder.build([(Group((item,)), "a test")])
    return case


def test_what_the_case_issued_is_followed_however_late(tmp_path: Path) -> None:
    records = [assume("AKIA1", "ASIA1", 0), assume("ASIA1", "ASIA2", 0.5), call("ASIA2", 200)]
    with loaded(tmp_path, records) as replay:
        case = built(replay, 0, used="AKIA1")
    assert {node.credential.id for node in case.credentials} == {"AKIA1", "ASIA1", "ASIA2"}
    assert case.timeline[-1].time == at(200)


def test_what_a_busy_key_issued_long_before_or_after_is_not_the_cases(tmp_path: Path) -> None:
    records = [assume("AKIA1", f"ASIA{hours}", hours) for hours in range(0, 200, 10)]
    with loaded(tmp_path, records) as replay:
        case = built(replay, 100, used="AKIA1")
    made = {node.credential.id for node in case.credentials if node.parent_id}
    assert made == {"ASIA100", "ASIA110", "ASIA120"}


def test_another_name_for_the_same_caller_is_not_a_second_who(tmp_path: Path) -> None:
    own = assume("AKIA1", "ASIA1", 0)
    with loaded(tmp_path, [own, seen_from_elsewhere(own), call("ASIA1", 1)]) as replay:
        case = built(replay, 0, used="AKIA1")
    assert [who.actor.name for who in case.actors] == ["app"]


def test_a_key_that_was_never_used_still_says_when_it_ends(tmp_path: Path) -> None:
    with loaded(tmp_path, [assume("AKIA1", "ASIA1", 0), call("AKIA1", 0.5)]) as replay:
        case = built(replay, 0, used="AKIA1")
    (node,) = [node for node in case.credentials if node.credential.id == "ASIA1"]
    assert (node.uses, node.validity, node.expires_at) == (0, "valid", at(1))


@pytest.mark.parametrize(("used", "validity"), [(1.05, "expired"), (1.5, "unknown")])
def test_a_key_that_was_used_after_its_expiry_may_still_work(
    used: float, validity: str, tmp_path: Path
) -> None:
    records = [assume("AKIA1", "ASIA1", 0), call("ASIA1", used), call("AKIA1", 2)]
    with loaded(tmp_path, records) as replay:
        case = built(replay, 0, used="AKIA1")
    (node,) = [node for node in case.credentials if node.credential.id == "ASIA1"]
    assert (node.validity, node.expires_at) == (validity, at(1))
    assert words.validity(node).startswith(
        {"expired": "expired", "unknown": "used after"}[validity]
    )
