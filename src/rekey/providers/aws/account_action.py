"""What the actions on an AWS account share."""

from dataclasses import replace

from rekey.providers.action import ReadBack
from rekey.providers.aws.client import Aws
from rekey.providers.aws.described import EVERYWHERE, TOLD, from_then_on, told_by_then
from rekey.providers.aws.settings import AwsOptions


class AccountAction(ReadBack):
    """An action on an account, watched for as long as its site says."""

    def __init__(self, aws: Aws, options: AwsOptions) -> None:
        self._aws, self._options = aws, options
        if self.spec.propagation is EVERYWHERE:
            self.spec = replace(self.spec, propagation=from_then_on(options.propagation_seconds))
        if self.spec.propagation is TOLD:
            self.spec = replace(self.spec, propagation=told_by_then(options.trail_seconds))
