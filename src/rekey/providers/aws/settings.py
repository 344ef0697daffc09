"""Options of a connection to AWS, and of its secret store."""

from typing import Annotated

from pydantic import Field

from rekey.providers.declared import Declared, Text


class AwsOptions(Declared):
    """One account; credentials come from the SDK's usual places.

    Attributes:
        profile: of the shared configuration files; else ``AWS_PROFILE`` or the default one.
        region: where CloudTrail is asked and keys are presented; else the profile's.
        endpoint_url: of a server that stands in for AWS; else AWS.
        propagation_seconds: time after an effect from which checks count.
    """

    profile: Text | None = None
    region: Text | None = None
    endpoint_url: Text | None = None
    propagation_seconds: Annotated[int, Field(ge=0, le=3600)] = 60


class SecretsManagerOptions(Declared):
    """Secrets Manager of one account and region; attributes as :class:`AwsOptions`."""

    profile: Text | None = None
    region: Text | None = None
    endpoint_url: Text | None = None
