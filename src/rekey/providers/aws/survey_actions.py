"""Looking again for what was left behind while the thief could still act."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Call, Forecast
from rekey.containment.interface import Action
from rekey.containment.survey import Finding, Survey
from rekey.providers.action import Surveying
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.acts import deeds, findings, keys_in, look_in, told
from rekey.providers.aws.client import Aws
from rekey.providers.aws.described import TOLD, USER, on, spec
from rekey.providers.aws.persistence import (
    OF_A_USER,
    OF_THE_ACCOUNT,
    Found,
    of_account,
    of_region,
    of_user,
)
from rekey.providers.aws.principals import fact
from rekey.providers.aws.regions import asked_regions
from rekey.providers.aws.role_actions import openers
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trust import provider_of

_RIGHTS = on("*", *OF_THE_ACCOUNT, "cloudtrail:LookupEvents", "ec2:DescribeRegions")
_CALLS = ["LookupEvents", "List… of IAM, Roles Anywhere and EKS"]


class SurveyAccount(AccountAction, Surveying):
    """What suspects did, what opens a way back whoever did it, and what is new.

    Waits until CloudTrail has told everything that happened before the last cut.
    """

    reads = "writes by suspects; credentials, rights and trust that are newer than the abuse"

    def forecast(self, call: Call) -> Forecast:
        """Say where it looks, and where not."""
        regions, not_asked = asked_regions(self._aws, self._options)
        because = (
            f"CloudTrail of {len(regions)} regions, and what IAM, Roles Anywhere and EKS list. Not "
            "seen: reads and writes of objects and items (data events), what acts for a suspect in "
            "another account, and other services' resource policies unless a suspect wrote them"
        )  # fmt: skip
        return Forecast(Grade.B, because + "".join(f"; not asked: {one}" for one in not_asked))

    def survey(self, call: Call) -> Survey:
        """Look."""
        since = _since(call)
        regions, not_asked = asked_regions(self._aws, self._options)
        keys = keys_in({*call.suspects, call.target.id})
        subjects = [held[1] for one in openers(call) if (held := provider_of(one))]
        found = deeds(self._aws, regions, keys, subjects, since)
        own = list(self._own(call, since, not_asked))
        new = list(of_account(self._aws, since, not_asked))
        for region in regions:
            there = list(of_region(self._aws.at(region), since, not_asked))
            if there:
                look_in(found, self._aws.at(region), since)
            new += there
        done = findings(found, {*call.suspects, call.target.identity}, _cutoff(call))
        # What is new with the target itself is nobody's to make while it is being contained.
        new = [*own, *(one for one in new if not told(found, {one.id, one.name}))]
        seen = {one.id for one in done}
        done += [one for one in self._new(call, new) if one.id not in seen]
        return Survey(done, list(dict.fromkeys([*not_asked, *found.not_asked])))

    def _own(self, call: Call, since: datetime, not_asked: list[str]) -> Iterator[Found]:
        yield from ()

    def _new(self, call: Call, new: list[Found]) -> Iterator[Finding]:
        """Keep what the run itself has not made."""
        made = {str(facts.get("access_key")) for facts in call.earlier.values()}
        yield from (Finding(one.id, str(one)) for one in new if one.id not in made)


class SurveyUser(SurveyAccount):
    """Of a user: its own credentials too."""

    spec = spec(
        "survey_user", "Look for what was left with user and account", Phase.SURVEY,
        ("aws_access_key", "aws_user_session"), _CALLS, [*on(USER, *OF_A_USER), *_RIGHTS],
        "UserGuide/id_credentials_access-keys.html", propagation=TOLD, mutates=False,
    )  # fmt: skip

    def _own(self, call: Call, since: datetime, not_asked: list[str]) -> Iterator[Found]:
        yield from of_user(self._aws, fact(call, "user"), since, not_asked)


class SurveyRole(SurveyAccount):
    """Of a role, which has no credentials of its own."""

    spec = spec(
        "survey_role", "Look for what was left in the account", Phase.SURVEY, ("aws_role_session",),
        _CALLS, _RIGHTS, "UserGuide/id_roles.html", propagation=TOLD, mutates=False,
    )  # fmt: skip


def _since(call: Call) -> datetime:
    """Give the begin in whole seconds, as IAM dates things."""
    return (call.since or datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)


def _cutoff(call: Call) -> datetime | None:
    """Give the time up to which sessions of this target are cut."""
    cut = [str(facts["cutoff"]) for facts in call.earlier.values() if facts.get("cutoff")]
    return max(map(datetime.fromisoformat, cut), default=None)


def survey_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (SurveyUser(aws, options), SurveyRole(aws, options))
