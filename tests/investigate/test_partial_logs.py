"""A site rarely has all logs: what remains of the incident still makes one sensible case."""

from pathlib import Path

import pytest

from tests.investigate.runs import INCIDENT, investigated, seen
from tests.scenarios.shipped import truth

SOURCES = {
    "aws": "aws_cloudtrail",
    "kubernetes": "kubernetes_audit",
    "vault": "vault_audit",
}


@pytest.mark.parametrize("product", SOURCES)
def test_one_source_alone_makes_one_case(product: str, learned: Path) -> None:
    found = investigated(INCIDENT / "logs" / product, site=INCIDENT / "site.yml", state=learned)
    (case,) = found.cases
    assert {source for alert in case.alerts for source in alert.sources} == {SOURCES[product]}
    assert " through " not in case.title
    wanted = {e["event_id"] for e in truth() if e["source"] == SOURCES[product]}
    told = {event for _, event in seen(found)}
    print(f"{product}: {len(wanted & told)}/{len(wanted)}, {len(told - wanted)} besides")  # noqa: T201
    assert len(wanted & told) >= 0.6 * len(wanted)
    assert [s.source for s in found.readiness if s.present] == [SOURCES[product]]


def test_github_alone_tells_of_the_stolen_token_without_a_case(learned: Path) -> None:
    """Its alerts are of levels medium and low: a token on new networks may be a token on a journey."""
    logs = INCIDENT / "logs" / "github"
    found = investigated(logs, site=INCIDENT / "site.yml", state=learned)
    assert found.cases == ()
    wanted = {e["event_id"] for e in truth() if e["source"] == "github_audit"}
    told = {event for alert in found.other_alerts for event in alert.sample_ids}
    assert told & wanted
    assert {alert.actor.id for alert in found.other_alerts} == {"parcel-docs-bot"}


def test_entering_the_pod_is_what_links_its_token_with_the_intruder(
    learned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rules_by_case() -> list[set[str]]:
        logs, site = INCIDENT / "logs" / "kubernetes", INCIDENT / "site.yml"
        cases = investigated(logs, site=site, state=learned).cases
        return [{alert.rule.path for alert in case.alerts} for case in cases]

    entry = "kubernetes/credentials_read_through_exec"
    use = "kubernetes/pod_token_used_outside_the_cluster"
    (joined,) = rules_by_case()
    assert {entry, use} <= joined
    monkeypatch.setattr("rekey.involved.ENTERED", ())
    monkeypatch.setattr("rekey.involved._found_together", lambda alert, events: ())
    apart = rules_by_case()
    assert not [rules for rules in apart if {entry, use} <= rules]
    assert any(entry in rules for rules in apart) and any(use in rules for rules in apart)


def test_without_a_history_the_incident_is_still_one_case() -> None:
    found = investigated(INCIDENT / "logs", site=INCIDENT / "site.yml")
    (case,) = [c for c in found.cases if len({s for a in c.alerts for s in a.sources}) > 1]
    assert len({source for alert in case.alerts for source in alert.sources}) == 4
