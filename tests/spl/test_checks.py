"""The checks that need no event find what the grammar passes over."""

import pytest

from tests.spl.checks import faults


@pytest.mark.parametrize(
    "search",
    [
        'index=a eventName "CreateUser"',
        "index=a terraform",
        'index=a | where match(b, "(")',
        'index=a | eval c=replace(b, "[", "")',
        'index=a | where like(b, "a\\\\%")',
        "index=a | where match(b, c)",
        "index=a | where nosuch(b)",
        "| multisearch [search index=a] [search index=b | where nosuch(c)]",
        "index=a | sort",
    ],
)
def test_faults(search: str) -> None:
    assert len(faults(search)) == 1


def test_a_sound_search_has_none() -> None:
    assert faults('index=a (b="c" OR NOT d=e) | where match(b, "^(?i)x|y$") | sort 0 _time') != []
    assert faults('index=a (b="c" OR NOT d=e) | where match(b, "(?i)^x|y$") | sort 0 _time') == []
