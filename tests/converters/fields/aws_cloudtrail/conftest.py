"""The registry of CloudTrail's fields."""

import pytest

from rekey.converters.registry import LogSourceFields, registry


@pytest.fixture(scope="module")
def source() -> LogSourceFields:
    return registry()["aws_cloudtrail"]
