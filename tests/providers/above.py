"""An organisation with an account below it."""

from rekey.providers.aws.client import Aws
from rekey.providers.aws.organization import PERMISSIONS, Organization
from rekey.providers.aws.rights import policy
from tests.providers.account import Account


class Above:
    """The management account: its root, and whoever may write policies and nothing else.

    Attributes:
        client: Organizations, as root.
        member: id of the account below.
        held: key of whoever writes the policies.
    """

    def __init__(self, url: str) -> None:
        self.account = Account(url)
        held = self.account.user("policies", "sts:GetCallerIdentity")
        self.account.root.put_user_policy(
            UserName="policies", PolicyName="scp", PolicyDocument=policy(PERMISSIONS)
        )
        self.client = self.account.client("organizations", None)
        made = self.client.create_account(Email="a@example.com", AccountName="prod")
        self.member = str(made["CreateAccountStatus"]["AccountId"])
        self.held = held
        self.organization = Organization(Aws(self.account.session(held), url))

    def policies(self) -> dict[str, int]:
        """Give the policies on the account below, with the number of their statements."""
        found = {}
        for one in self.client.list_policies_for_target(
            TargetId=self.member, Filter="SERVICE_CONTROL_POLICY"
        )["Policies"]:
            text = self.client.describe_policy(PolicyId=one["Id"])["Policy"]["Content"]
            found[str(one["Name"]).removesuffix(f"-{self.member}")] = text.count('"Effect"')
        return found
