"""How sure we are who acted; never surer than the log."""

import pytest

from rekey.enrichers.attribution import attribute
from rekey.enrichers.lineage import Edge
from rekey.site import Identity, Site
from tests.investigate.alerts import at, event


def edge(child: str, link: str, reason: str = "because") -> Edge:
    return Edge(child, "P", at(0), "aws_cloudtrail", 1, link, reason)  # type: ignore[arg-type]


def test_nobody_is_unknown() -> None:
    assert attribute(None, [event(actor=None)], (), Site())[0] == "unknown"


def test_a_shared_identity_is_ambiguous_whatever_the_log_says() -> None:
    site = Site(identities=(Identity(match="role-*", shared=True),))
    level, reasons = attribute("role-a", [event(credential="K")], [edge("K", "proven")], site)
    assert level == "ambiguous" and "share" in reasons[0]


@pytest.mark.parametrize(
    ("link", "level"),
    [
        ("proven", "proven"),
        ("derived", "derived"),
        ("unknown", "derived"),
        ("ambiguous", "ambiguous"),
    ],
)
def test_the_weakest_link_decides(link: str, level: str) -> None:
    events = [event(credential="K"), event(credential="L")]
    edges = [edge("K", "proven"), edge("L", link, "told so")]
    found, reasons = attribute("role-a", events, edges, Site())
    assert found == level
    assert any("told so" in reason for reason in reasons) is (link != "proven")


def test_links_of_other_credentials_do_not_count() -> None:
    found, _ = attribute("role-a", [event(credential="K")], [edge("X", "ambiguous")], Site())
    assert found == "proven"


def test_events_without_a_credential_make_it_derived_and_are_counted() -> None:
    events = [event(credential="K"), event(), event()]
    level, reasons = attribute("role-a", events, [edge("K", "proven")], Site())
    assert level == "derived"
    assert "2 of 3 events name no credential" in reasons


def test_an_actor_that_only_the_log_names_is_derived() -> None:
    level, reasons = attribute("role-a", [event()], (), Site())
    assert level == "derived"
    assert reasons[-1] == "the actor is named by the log alone"


def test_what_was_issued_unseen_is_told_shortly() -> None:
    events = [event(credential=f"K{n}{'x' * 60}") for n in range(5)]
    level, reasons = attribute("role-a", events, (), Site())
    assert level == "proven", "who acted is; where the credential came from is another question"
    (told,) = [reason for reason in reasons if "is not in these logs" in reason]
    assert "and 2 more" in told and len(told) < 200
