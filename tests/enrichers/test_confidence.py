"""Confidence is the sum of what is told, between 0 and 100."""

import re

from hypothesis import given
from hypothesis import strategies as st

from rekey.alert import LEVELS, Alert
from rekey.case import Attribution
from rekey.enrichers.confidence import confidence
from rekey.enrichers.lineage import Edge
from tests.investigate.alerts import alert, at

alerts = st.lists(
    st.builds(
        lambda rule, level, source, scope, kind: alert(
            rule, level=level, source=source, scope=scope, actor_kind=kind
        ),
        st.sampled_from("abcdef"), st.sampled_from(LEVELS), st.sampled_from(["a_x", "b_x", "c_x"]),
        st.sampled_from([None, "internal", "external"]), st.sampled_from(["human", "workload"]),
    ),
    min_size=1, max_size=8,
)  # fmt: skip
LINKS: tuple[Attribution, ...] = ("proven", "derived", "unknown")
edges = st.lists(
    st.sampled_from(LINKS).map(lambda link: Edge("c", "p", at(0), "a_x", 1, link, "told")),
    max_size=8,
)


@given(alerts, edges)
def test_the_score_is_what_the_reasons_add_up_to(found: list[Alert], links: list[Edge]) -> None:
    told = confidence(found, links)
    points = [int(re.match(r"[+-]\d+", reason)[0]) for reason in told.reasons]  # type: ignore[index]
    assert told.score == max(0, min(100, sum(points)))


@given(alerts, edges)
def test_a_further_alert_never_lowers_it_unless_it_is_by_people(
    found: list[Alert], links: list[Edge]
) -> None:
    more = [*found, alert("z", level="critical", source="d_x")]
    assert confidence(more, links).score >= confidence(found, links).score


def test_people_alone_count_against_it() -> None:
    people = [alert("a", actor_kind="human")]
    assert confidence(people, []).score == confidence([alert("a")], []).score - 20
