"""What was acted on; of what is opened to others, to whom."""

from typing import Any

import pytest

from rekey.converters.registry import LogSourceFields
from tests.converters.fields.aws_cloudtrail.computed import value

VOLUME = "requestParameters.createVolumePermission.add.items."


@pytest.mark.parametrize(
    ("target", "event"),
    [
        ("account 444455556666", {f"{VOLUME}userId": ["444455556666"]}),
        ("account 444455556666, 555555555555", {f"{VOLUME}userId": ["444455556666", "555555555555"]}),
        ("everybody", {f"{VOLUME}group": ["all"], f"{VOLUME}userId": []}),
        ("account 444455556666", {"requestParameters.launchPermission.add.items.userId": ["444455556666"]}),
        ("everybody", {"requestParameters.valuesToAdd": ["all"]}),
        ("orders", {"requestParameters.valuesToAdd": [], "requestParameters.name": "orders"}),
    ],
)  # fmt: skip
def test_a_snapshot_is_shared_with_somebody(
    source: LogSourceFields, target: str, event: dict[str, Any]
) -> None:
    assert value(source, "target.id", event) == target


@pytest.mark.parametrize(
    ("target", "principal"),
    [
        ("everybody", "*"),
        ("account 444455556666", "444455556666"),
        ("account 444455556666", "arn:aws:iam::444455556666:role/reader"),
        ("orders", "111122223333"),
        ("orders", "arn:aws:iam::111122223333:root"),
        ("orders", "apigateway.amazonaws.com"),
        ("orders", None),
    ],
)
def test_a_function_is_opened_to_somebody(
    source: LogSourceFields, target: str, principal: str | None
) -> None:
    event = {
        "requestParameters.principal": principal,
        "requestParameters.functionName": "orders",
        "recipientAccountId": "111122223333",
    }
    assert value(source, "target.id", event) == target
