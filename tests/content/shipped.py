"""The shipped rules and fixtures, loaded once for each test process."""

from functools import cache
from pathlib import Path
from typing import Final

from rekey.converters.ruleset import RuleSet
from rekey.fixtures.suite import Fixture
from rekey.fixtures.wanted import wanted_fixtures
from rekey.pack import shipped_pack

ROOT: Final = Path(__file__).parents[2]
RULES: Final = sorted(
    f"{file.parent.name}/{file.stem}"
    for file in (ROOT / "rules").glob("*/*.yml")
    if file.parent.name != "filters"
)
PRODUCTS: Final = sorted({path.split("/")[0] for path in RULES})


@cache
def rules() -> RuleSet:
    """Give all shipped rules."""
    return wanted_fixtures([shipped_pack()], [], own=False)[0]


@cache
def fixtures() -> tuple[Fixture, ...]:
    """Give all fixtures of the shipped rules."""
    return tuple(wanted_fixtures([shipped_pack()], [], own=False)[1])


def fixtures_of(product: str) -> list[Fixture]:
    """Give the fixtures of one product's rules."""
    return [fixture for fixture in fixtures() if fixture.rule.path.startswith(f"{product}/")]
