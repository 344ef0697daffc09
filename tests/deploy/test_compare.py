"""Whatever stands there: what is applied is settled, and what users chose stays."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rekey.deploy.compare import Choices, compare
from rekey.deploy.elastic import RULE
from rekey.deploy.interface import Body, Live
from rekey.deploy.ledger import Pending, Record, settled
from rekey.deploy.merge import joined
from rekey.deploy.plan import Change, Status

KEY = "rule:x"
FIELDS = [
    "query",
    "note",
    "threshold",
    "enabled",
    "exceptions_list",
    "interval",
    "from",
    "timeline_id",
]
BODIES = st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 2), min_size=1)


def decide(
    wanted: Body | None, live: Body | None, record: Record | None, *, overwrite: bool = False
) -> Change:
    """Compare, as if the object bore our mark."""
    there = None if live is None else Live(live, ours=True)
    choices = Choices(frozenset({KEY} if overwrite else ()))
    return compare(KEY, "x", wanted, there, record, RULE, choices)


def carried_out(change: Change) -> tuple[Body, Record]:
    """What is live afterwards, and what the ledger knows."""
    after: dict[str, Any] = dict(change.after or {})
    return after, settled("x", change.sent, after, RULE, change.previous, "run")


@given(first=BODIES, second=BODIES, edits=BODIES, overwrite=st.booleans())
def test_what_was_applied_is_settled(
    first: Body, second: Body, edits: Body, overwrite: bool
) -> None:
    live, record = carried_out(decide(first, None, None))
    assert decide(first, live, record).status is Status.UNCHANGED
    live = live | edits
    change = decide(second, live, record, overwrite=overwrite)
    if not change.acts:
        return
    after, record = carried_out(change)
    again = decide(second, after, record)
    assert again.status is Status.UNCHANGED and again.before is None
    theirs = RULE.kept & live.keys()
    assert {name: after.get(name) for name in theirs} == {name: live[name] for name in theirs}


@given(first=BODIES, second=BODIES, edits=BODIES)
def test_edits_of_ours_are_never_overwritten_unasked(
    first: Body, second: Body, edits: Body
) -> None:
    live, record = carried_out(decide(first, None, None))
    edited = live | edits
    ours = RULE.content(first)
    changed = {name for name in ours if edited[name] != live[name]}
    change = decide(second, edited, record)
    for name in changed:
        kept = (change.after or edited).get(name) if change.acts else edited[name]
        assert kept == edited[name]


@given(first=BODIES, edits=BODIES)
def test_a_schedule_that_users_chose_stays(first: Body, edits: Body) -> None:
    live, record = carried_out(decide(first, None, None))
    chosen = {name: value for name, value in edits.items() if name in RULE.followed}
    newer = {name: value + 1 for name, value in first.items()}
    change = decide(newer, live | chosen, record)
    assert change.status in (Status.UPDATE, Status.UNCHANGED) or not chosen.keys() <= first.keys()
    if change.after is None:
        return
    for name in RULE.followed & first.keys():
        untouched = chosen.get(name, first[name]) == first[name]
        assert change.after[name] == (newer[name] if untouched else chosen[name])


@given(first=BODIES, second=BODIES, edits=BODIES, overwrite=st.booleans(), lost=st.booleans())
def test_all_that_is_sent_and_differs_is_shown(
    first: Body, second: Body, edits: Body, overwrite: bool, lost: bool
) -> None:
    made = decide(first, None, None)
    live, record = carried_out(made)
    if lost:
        record = Record(name="x", pending=Pending(run="run", sent=made.sent))
    live = live | edits
    change = decide(second, live, record, overwrite=overwrite)
    if change.acts:
        after = change.after or {}
        differs = {n for n in after.keys() | live.keys() if after.get(n) != live.get(n)}
        assert differs == {each.field for each in change.differences}


TAGS = st.lists(st.sampled_from("abcde"), unique=True)


@given(before=TAGS, wanted=TAGS, live=TAGS)
def test_shared_lists_hold_what_either_side_wants(
    before: list[str], wanted: list[str], live: list[str]
) -> None:
    after = joined(wanted, live, before)
    theirs = {entry for entry in live if entry not in before}
    assert len(set(after)) == len(after)
    assert theirs <= {*after}
    assert {*wanted} - {*before} <= {*after}
    assert not ({*before} - {*wanted} - theirs) & {*after}
    assert {*after} <= {*live, *wanted}
    removed = {*before} - {*live}
    assert not removed & {*after}
    assert joined(wanted, after, wanted) == after
