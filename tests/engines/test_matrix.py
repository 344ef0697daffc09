"""The page says what the kept verdicts say, and those stand behind every difference."""

from rekey.pack import shipped_pack
from tests.engines.matrix import PAGE, TITLES, page
from tests.engines.verdicts import engines, kept


def test_the_page_is_up_to_date() -> None:
    assert page() == PAGE.read_text(), "write it anew with: python -m tests.engines.matrix"


def test_every_engine_speaks_of_every_rule_and_no_other() -> None:
    rules = set(shipped_pack().rule_files())
    assert set(engines()) <= set(TITLES)
    for engine in engines():
        assert set(kept(engine)) == rules


def test_every_other_verdict_has_its_reason() -> None:
    for engine in engines():
        for rule, row in kept(engine).items():
            for name, verdict in row.fixtures.items():
                differs = verdict.embedded != verdict.here
                assert differs == bool(verdict.because), f"{engine}: {rule}/{name}"
                assert set(verdict.because) <= set(row.differences)
