"""Options of a connection to AWS, and of its secret store."""

from typing import Annotated

from pydantic import Field

from rekey.providers.aws.client import Aws
from rekey.providers.aws.trail import home_region
from rekey.providers.declared import Declared, Text

_SECOND = {"aws": "us-west-2", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-east-1"}
"""A further region that every account has."""


class AwsOptions(Declared):
    """One account; credentials come from the SDK's usual places.

    Attributes:
        profile: of the shared configuration files; else ``AWS_PROFILE`` or the default one.
        region: where CloudTrail is asked and keys are presented; else the profile's.
        endpoint_url: of a server that stands in for AWS; else AWS.
        organization_profile: of whoever may attach service control policies to this account: an
            identity of the management account, or of a delegated administrator.
        propagation_seconds: time after an effect from which checks count.
        trail_seconds: time within which CloudTrail tells what happened; a survey waits for it.
        regions: where CloudTrail is asked what a credential did, besides ``region`` and the one
            that logs IAM; else all that are enabled.
        proof_regions: where old credentials are presented; else in two.
        session_sources: ARNs and ids of whoever opens the sessions that rekey runs in, where that
            is not a ``source_profile``.
    """

    profile: Text | None = None
    region: Text | None = None
    endpoint_url: Text | None = None
    organization_profile: Text | None = None
    propagation_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    trail_seconds: Annotated[int, Field(ge=0, le=3600)] = 900
    regions: tuple[Text, ...] | None = None
    proof_regions: tuple[Text, ...] | None = None
    session_sources: tuple[Text, ...] = ()

    def presented_in(self, aws: Aws) -> tuple[str, ...]:
        """Give the regions in which old credentials are presented: each answers for itself."""
        if self.proof_regions is not None:
            return self.proof_regions
        home = home_region(aws.partition)
        other = home if aws.region != home else _SECOND.get(aws.partition, home)
        return tuple(dict.fromkeys((aws.region, other)))


class SecretsManagerOptions(Declared):
    """Secrets Manager of one account and region; attributes as :class:`AwsOptions`."""

    profile: Text | None = None
    region: Text | None = None
    endpoint_url: Text | None = None
