"""Looking again for what was left behind while the thief could still act."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from rekey.containment.interface import Action, Call, Forecast, Grade, Phase
from rekey.containment.survey import Finding, Survey
from rekey.providers.action import Surveying
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws
from rekey.providers.aws.described import ONCE, on, spec
from rekey.providers.aws.persistence import Found, of_account, of_user
from rekey.providers.aws.principals import fact
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trail import events

_ACCOUNT = (
    "iam:ListUsers", "iam:ListRoles", "iam:ListPolicies", "iam:ListOpenIDConnectProviders",
    "iam:GetOpenIDConnectProvider", "iam:ListSAMLProviders", "cloudtrail:LookupEvents",
)  # fmt: skip
_USER = (
    "iam:ListAccessKeys", "iam:ListMFADevices", "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates", "iam:ListSSHPublicKeys", "iam:GetLoginProfile",
)  # fmt: skip


class SurveyAccount(AccountAction, Surveying):
    """Lists what is new since the abuse began, and that the case does not explain.

    New things of the account count as the thief's unless CloudTrail shows another key that made
    them; whether the case explains them is for its reader.
    """

    reads = "credentials, identities, policies and providers newer than the abuse"

    def forecast(self, call: Call) -> Forecast:
        """Say where it looks."""
        return Forecast(
            Grade.B, "IAM lists what is new; CloudTrail of this region says who made it"
        )

    def survey(self, call: Call) -> Survey:
        """List what is new."""
        found = self._found(call, [])
        return Survey([Finding(one.id, str(one)) for one in found])

    def _own(self, call: Call, since: datetime, unasked: list[str]) -> Iterable[Found]:
        return ()

    def _found(self, call: Call, unasked: list[str]) -> list[Found]:
        since = _since(call)
        new = [*self._own(call, since, unasked), *of_account(self._aws, since, unasked)]
        made = {str(facts.get("access_key")) for facts in call.earlier.values()}
        known = call.explained | made | {call.target.id}
        return [one for one in new if one.id not in known and not self._by_others(one, call, since)]

    def _by_others(self, one: Found, call: Call, since: datetime) -> bool:
        """Say whether all that CloudTrail knows of it was done with keys outside of the case."""
        if one.own:
            return False
        seen, more = events(self._aws, "ResourceName", one.name, since)
        changes = [event for event in seen if not event.reads]
        suspects = call.explained | {call.target.id}
        return bool(changes) and not more and all(
            event.key and event.key not in suspects for event in changes
        )  # fmt: skip


class SurveyUser(SurveyAccount):
    """Of a user: its own credentials too."""

    spec = spec(
        "survey_user", "Look for what was left with user and account", Phase.SURVEY,
        ("aws_access_key", "aws_user_session"), ["List… of IAM", "LookupEvents"],
        on("*", *_USER, *_ACCOUNT), "UserGuide/id_credentials_access-keys.html",
        propagation=ONCE, mutates=False,
    )  # fmt: skip

    def _own(self, call: Call, since: datetime, unasked: list[str]) -> Iterable[Found]:
        return of_user(self._aws, fact(call, "user"), since, unasked)


class SurveyRole(SurveyAccount):
    """Of a role, which has no credentials of its own."""

    spec = spec(
        "survey_role", "Look for what was left in the account", Phase.SURVEY, ("aws_role_session",),
        ["List… of IAM", "LookupEvents"], on("*", *_ACCOUNT), "UserGuide/id_roles.html",
        propagation=ONCE, mutates=False,
    )  # fmt: skip


def _since(call: Call) -> datetime:
    """Give the begin in whole seconds, as IAM dates things."""
    return (call.since or datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)


def survey_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (SurveyUser(aws, options), SurveyRole(aws, options))
