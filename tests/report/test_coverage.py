from rekey.report.coverage import coverage
from tests.report.samples import investigation


def test_coverage_shows_gaps_within_the_time_range() -> None:
    found = investigation()
    bars = {source.source: coverage(source, found.time_range) for source in found.readiness}
    kubernetes = bars["kubernetes_audit"]
    assert kubernetes.logged is not None
    assert 99 < kubernetes.logged.width <= 100
    (gap,) = kubernetes.gaps
    assert (round(gap.x, 1), round(gap.width, 1)) == (52.8, 11.7)
    assert bars["spire_audit"].logged is None
    assert coverage(found.readiness[0], None).logged is None
