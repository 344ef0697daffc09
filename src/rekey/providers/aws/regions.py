"""In which regions CloudTrail is asked."""

from rekey.containment.errors import Refused
from rekey.providers.aws.client import Aws
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trail import home_region


def asked_regions(aws: Aws, options: AwsOptions) -> tuple[list[str], list[str]]:
    """Give the regions to ask: those that the site names, else all that the account has enabled.

    Returns:
        The regions, the one that logs IAM among them, and what could not be asked.
    """
    own = [aws.region, home_region(aws.partition)]
    if options.regions is not None:
        return list(dict.fromkeys([*own, *options.regions])), []
    try:
        found = aws.listed("ec2", "describe_regions", "Regions")
    except Refused as error:
        why = f"regions other than {', '.join(dict.fromkeys(own))}: {error.message}"
        return list(dict.fromkeys(own)), [why]
    return list(dict.fromkeys([*own, *(str(one["RegionName"]) for one in found)])), []
