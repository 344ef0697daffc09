"""Events of one test, in an index that all tests of the executor share."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.elastic.executor.hand_written import Event, document
from tests.elastic.indices import Indices
from tests.elastic.kibana.place import Place

MAPPING: dict[str, Any] = {
    "properties": {
        "@timestamp": {"type": "date"},
        "event": {
            "properties": {
                "action": {"type": "keyword"},
                "ingested": {"type": "date"},
                "id": {"type": "keyword"},
            }
        },
        "user": {"properties": {"id": {"type": "keyword"}}},
        "source": {"properties": {"ip": {"type": "ip"}}},
        "flat": {"type": "flattened"},
    }
}


@pytest.fixture
def placed(indices: Indices, request: pytest.FixtureRequest) -> Any:
    """Puts events into the index under the test's own label."""
    index = indices.make("rekey-executor", MAPPING)
    calls = count()

    def place(events: Iterable[Event], late: float = 0) -> Place:
        label = f"{request.node.nodeid} {next(calls)}"
        documents = {label: [document(e) for e in events]}
        return indices.fill(index, documents, timedelta(minutes=late))[label]

    return place
