"""What was acted on; of what is opened to others, to whom."""

from typing import Any

import pytest

from rekey.converters.registry import LogSourceFields
from tests.converters.fields.aws_cloudtrail.computed import value

VOLUME = "requestParameters.createVolumePermission.add.items."


@pytest.mark.parametrize(
    ("receiver", "event"),
    [
        ("account 444455556666", {f"{VOLUME}userId": ["444455556666"]}),
        ("account 444455556666, 555555555555", {f"{VOLUME}userId": ["444455556666", "555555555555"]}),
        ("everybody", {f"{VOLUME}group": ["all"], f"{VOLUME}userId": []}),
        ("account 444455556666", {"requestParameters.launchPermission.add.items.userId": ["444455556666"]}),
        ("everybody", {"requestParameters.valuesToAdd": ["all"]}),
        (None, {"requestParameters.valuesToAdd": []}),
    ],
)  # fmt: skip
def test_a_snapshot_is_shared_with_somebody(
    source: LogSourceFields, receiver: str | None, event: dict[str, Any]
) -> None:
    assert value(source, "shared.with", event) == receiver


@pytest.mark.parametrize(
    ("receiver", "principal"),
    [
        ("everybody", "*"),
        ("account 444455556666", "444455556666"),
        ("account 444455556666", "arn:aws:iam::444455556666:role/reader"),
        (None, "111122223333"),
        (None, "arn:aws:iam::111122223333:root"),
        (None, "apigateway.amazonaws.com"),
        (None, None),
    ],
)
def test_a_function_is_opened_to_somebody(
    source: LogSourceFields, receiver: str | None, principal: str | None
) -> None:
    event = {
        "requestParameters.principal": principal,
        "recipientAccountId": "111122223333",
    }
    assert value(source, "shared.with", event) == receiver


@pytest.mark.parametrize(
    ("told", "event"),
    [
        ("i-1, i-2", {"requestParameters.instanceIds": ["i-1", "i-2"]}),
        ("/app/a", {"requestParameters.names": ["/app/a"]}),
        ("orders-prod", {"requestParameters.dBInstanceIdentifier": "orders-prod"}),
        ("i-1", {"requestParameters.instanceIds": [], "requestParameters.target": "i-1"}),
        (None, {"requestParameters.instanceIds": [], "requestParameters.task": ""}),
    ],
)
def test_what_a_call_is_about_has_many_names(
    source: LogSourceFields, told: str | None, event: dict[str, Any]
) -> None:
    assert value(source, "target.further", event) == told


def test_to_whom_and_then_on_what(source: LogSourceFields) -> None:
    role = source.roles["target.id"]
    assert isinstance(role, tuple)
    assert (role[0], role[-1]) == ("shared.with", "target.further")
