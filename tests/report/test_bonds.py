from rekey.report.bonds import InCommon, in_common
from rekey.report.findings import Findings
from tests.report.samples import ALERTS, CASE, crowded


def test_what_joins_a_case_is_told_with_the_findings_it_joins() -> None:
    told = in_common(CASE, Findings(ALERTS))
    assert [(one.what, one.findings) for one in told] == [
        ("repository", "1–2"),
        ("credential", "2–3, 9"),
        ("credential", "2, 4–5"),
        ("Kubernetes service account", "5–8"),
    ]
    assert told[-1].how.endswith("from 203.0.113.0/24")
    assert told[-1].name == "system:serviceaccount:payments:ledger"


def test_a_case_of_one_alert_needs_no_reason_to_be_one() -> None:
    bare = crowded().cases[1]
    assert in_common(bare, Findings(bare.alerts)) == []


def test_one_finding_is_called_one() -> None:
    assert InCommon("credential", "AKIA1", "acted", "9").where == "finding 9"
    assert InCommon("credential", "AKIA1", "acted", "1–2, 9").where == "findings 1–2, 9"
