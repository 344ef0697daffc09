"""Where an address lies, and who stands in place of one."""

import pytest

from rekey.origins import Origins
from rekey.site import Site


@pytest.mark.parametrize(
    "text", ["ec2.amazonaws.com", "cloudformation.cn-north-1.amazonaws.com.cn", "AWS Internal"]
)
def test_the_names_of_services_are_the_provider_in_china_too(text: str) -> None:
    assert Origins(Site()).facts(text).scope == "provider"


@pytest.mark.parametrize("text", ["amazonaws.com.cn.example", "evil-amazonaws.com", ""])
def test_other_names_are_not(text: str) -> None:
    assert Origins(Site()).facts(text).scope is None
