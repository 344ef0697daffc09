"""Rules that say more than the executor knows are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.elastic.executor.hand_written import rule


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "machine_learning"},
        {"alert_suppression": {"group_by": ["user.id"]}},
        {"exceptions_list": [{"id": "x", "list_id": "x"}]},
        {"type": "threshold"},
        {"type": "new_terms", "new_terms_fields": ["a"]},
        {"type": "new_terms", "new_terms_fields": list("abcd"), "history_window_start": "now-1d"},
        {"language": "esql"},
    ],
)
def test_what_is_not_known_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**parts)
