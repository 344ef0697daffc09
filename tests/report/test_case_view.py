from rekey.report.case_view import cautions, options
from rekey.report.findings import Findings
from tests.report.samples import CASE, GCP, crowded


def test_options_name_the_findings_that_ask_for_them() -> None:
    asked = {one.playbook: one.findings for one in options(CASE, Findings(CASE.alerts))}
    assert asked["aws_session"] == "2 3 4"
    assert list(asked.values()) == ["9", "2 3 4", "5 6", "7", "1"]


def test_ambiguous_and_shared_identities_are_cautions() -> None:
    said = {caution.subject: caution.text for caution in cautions(CASE)}
    assert "ambiguous" in said[GCP]
    assert "shared" in said["prod-eu/system:serviceaccount:payments:ledger"]
    assert [caution.subject for caution in cautions(crowded().cases[1])] == [None]
