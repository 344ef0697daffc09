"""AWS: access keys, sessions of users and roles, trust; Secrets Manager as a secret store."""

from rekey.containment.interface import Provider
from rekey.containment.secret_store import SecretStore
from rekey.containment.target import Facts
from rekey.providers.aws.client import opened
from rekey.providers.aws.organization import Organization
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions, SecretsManagerOptions
from rekey.providers.aws.store import SecretsManagerStore
from rekey.providers.declared import read_options

__all__ = ["connect", "open_store"]


def connect(options: Facts) -> Provider:
    """Connect to one account; see :class:`rekey.containment.interface.Connect`."""
    found = read_options(AwsOptions, "aws", options)
    aws = opened(found.profile, found.region, found.endpoint_url)
    if found.organization_profile is None:
        return AwsProvider(aws, found)
    above = opened(found.organization_profile, aws.region, found.endpoint_url)
    return AwsProvider(aws, found, Organization(above))


def open_store(name: str, options: Facts) -> SecretStore:
    """Open Secrets Manager; see :class:`rekey.containment.interface.OpenStore`."""
    found = read_options(SecretsManagerOptions, "aws", options)
    return SecretsManagerStore(opened(found.profile, found.region, found.endpoint_url), name)
