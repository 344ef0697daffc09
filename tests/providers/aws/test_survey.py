"""What a thief leaves behind is found, whoever's session he did it with; what others do is not his."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from rekey.containment.call import Call, Check
from rekey.containment.target import Act
from rekey.providers.aws.client import Aws
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from tests.engines import ministack
from tests.faults.faults import Lie
from tests.faults.proxy import FaultProxy
from tests.providers.account import Account, call, next_second, policy, shown
from tests.providers.incident import Incident

ALL = policy(Effect="Allow", Action="*", Resource="*")
FOREIGN = policy(
    Effect="Allow", Principal={"AWS": "arn:aws:iam::999988887777:root"}, Action="sts:AssumeRole"
)


class Crime:
    """svc's key is stolen and may do everything; admin, ops, admins and existing were there."""

    def __init__(self, account: Account) -> None:
        self.account, root = account, account.root
        root.put_user_policy(UserName="svc", PolicyName="all", PolicyDocument=ALL)
        account.user("admin", "*")
        account.role("admin", name="ops")
        root.create_group(GroupName="admins")
        root.create_policy(PolicyName="existing", PolicyDocument=ALL)
        self.target = account.located(account.key)
        self.since = next_second()

    def iam(self, held: dict[str, Any] | None = None) -> Any:
        return self.account.iam(held or self.account.key)

    def asked(self, **given: Any) -> Call:
        suspects = frozenset({self.target.id, self.target.identity})
        return replace(call(self.target, since=self.since, suspects=suspects), **given)

    def survey(self, **given: Any) -> Check:
        checks: list[Check] = self.account.action("survey_user").verify(self.asked(**given))
        return checks[0]


@pytest.fixture
def crime(account: Account) -> Crime:
    return Crime(account)


Deed = Callable[[Crime, Any], object]

DEEDS: dict[str, tuple[Deed, str]] = {
    "key of another user": (
        lambda c, iam: iam.create_access_key(UserName="admin"), "access key of admin"),
    "trust of a role": (
        lambda c, iam: iam.update_assume_role_policy(RoleName="ops", PolicyDocument=FOREIGN),
        "UpdateAssumeRolePolicy on ops"),
    "inline policy of another user": (
        lambda c, iam: iam.put_user_policy(UserName="admin", PolicyName="x", PolicyDocument=ALL),
        "PutUserPolicy on admin"),
    "policy attached to a role": (
        lambda c, iam: iam.attach_role_policy(
            RoleName="ops", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        "AttachRolePolicy on ops"),
    "member of a group": (
        lambda c, iam: iam.add_user_to_group(UserName="admin", GroupName="admins"),
        "AddUserToGroup on admin"),
    "password of another user": (
        lambda c, iam: iam.create_login_profile(UserName="admin", Password="Of-" + "the-test-1"),
        "CreateLoginProfile on admin"),
    "version of a policy": (
        lambda c, iam: iam.create_policy_version(
            PolicyArn=c.account.arn("policy/existing"), PolicyDocument=ALL, SetAsDefault=True),
        "CreatePolicyVersion"),
    "user": (lambda c, iam: iam.create_user(UserName="backdoor"), "CreateUser on backdoor"),
}  # fmt: skip


@pytest.mark.parametrize("name", DEEDS)
@pytest.mark.parametrize("with_", ["key", "unknown session", "unknown role session"])
def test_each_way_back_is_found(crime: Crime, name: str, with_: str) -> None:
    """With the stolen key, with a session of it, and as a role: the case knows neither of these."""
    account, held = crime.account, crime.account.key
    if with_ == "unknown session":
        held = account.session_of(account.key)
    if with_ == "unknown role session":
        held = account.assume(account.role("svc", name="lift", allowed="*"), account.key)
    deed, expected = DEEDS[name]
    deed(crime, crime.iam(held))
    check = crime.survey()
    assert check.holds is False
    assert expected in check.answer
    assert held["AccessKeyId"] in check.answer, "it says by whom"


def test_what_an_honest_administrator_does_meanwhile_is_not_the_thiefs(crime: Crime) -> None:
    admin = crime.account.make_key("admin")
    for deed, _ in DEEDS.values():
        deed(crime, crime.iam(admin))
    assert crime.survey().holds is True


def test_a_new_key_of_the_stolen_user_is_for_somebody_to_explain_whoever_made_it(
    crime: Crime,
) -> None:
    made = crime.account.root.create_access_key(UserName="svc")["AccessKey"]["AccessKeyId"]
    found = crime.survey()
    assert (found.holds, found.answer.count(made)) == (False, 1)
    assert crime.survey(explained=frozenset({made})).holds


def test_a_new_thing_of_which_cloudtrail_names_no_maker_is_found(
    account: Account, request: pytest.FixtureRequest
) -> None:
    """The trail of the bare emulator names nothing, as if somebody had kept it from being told."""
    bare = Crime(Account(ministack.bare(request.config)))
    bare.account.root.create_user(UserName="backdoor")
    assert "user backdoor" in bare.survey().answer


def test_what_the_stolen_users_other_key_does_counts_too(crime: Crime) -> None:
    """The thief may hold it as well: principals are compared, and not keys alone."""
    other = crime.account.make_key("svc")
    crime.iam(other).put_user_policy(UserName="admin", PolicyName="x", PolicyDocument=ALL)
    assert "PutUserPolicy on admin" in crime.survey().answer


def test_writes_of_every_service_and_region_count_and_reads_do_not(account: Account) -> None:
    options = AwsOptions(production=(), regions=("eu-west-1",))
    provider = AwsProvider(account.aws, options)
    crime = Crime(account)
    survey = next(a for a in provider.actions() if a.spec.name == "aws.survey_user")
    account.client("secretsmanager", account.key).list_secrets()
    assert survey.verify(crime.asked())[0].holds is True
    elsewhere = account.session(account.key).client(
        "secretsmanager", endpoint_url=account.url, region_name="eu-west-1"
    )
    elsewhere.create_secret(Name="left", SecretString="x")
    assert "CreateSecret" in survey.verify(crime.asked())[0].answer
    assert crime.survey().holds is True, "there nobody looked, as the site wanted it"


def test_a_session_of_a_role_that_the_plan_cuts_is_explained_and_a_later_one_is_not(
    crime: Crime,
) -> None:
    role = crime.account.role("svc", name="lift")
    crime.account.assume(role, crime.account.key)
    assert f"session of {role}" in crime.survey().answer
    assert crime.survey(explained=frozenset({role})).holds is True
    cut = {"1-cut": {"cutoff": crime.since.isoformat()}}
    assert crime.survey(explained=frozenset({role}), earlier=cut).holds is False


def test_one_finding_is_explained_by_its_id_and_another_is_not(crime: Crime) -> None:
    crime.iam().create_user(UserName="backdoor")
    made = crime.iam().create_access_key(UserName="admin")["AccessKey"]["AccessKeyId"]
    found = crime.account.action("survey_user").survey(crime.asked()).findings
    assert {one.id for one in found} == {"CreateUser:backdoor", made}
    check = crime.survey(explained=frozenset({"CreateUser:backdoor"}))
    assert check.holds is False
    assert "backdoor" not in check.answer
    assert crime.survey(explained=frozenset({"CreateUser:backdoor", made})).holds is True


def test_what_was_denied_left_nothing(account: Account) -> None:
    since = next_second()
    with pytest.raises(Exception, match="AccessDenied"):
        account.iam(account.key).create_user(UserName="backdoor")
    asked = call(account.located(account.key), since=since)
    assert account.action("survey_user").verify(asked)[0].holds is True


def test_what_was_not_asked_is_not_nothing(crime: Crime, request: pytest.FixtureRequest) -> None:
    account = crime.account
    account.root.put_user_policy(
        UserName="responder", PolicyName="less", PolicyDocument=policy(
            Effect="Deny", Action=["iam:ListSAMLProviders", "eks:ListClusters"], Resource="*"),
    )  # fmt: skip
    check = crime.survey()
    assert check.holds is None
    assert "iam:ListSAMLProviders" in check.answer
    assert "eks:ListClusters in us-east-1" in check.answer
    bare = Crime(Account(ministack.bare(request.config)))
    assert bare.survey().holds is None
    assert "ListSSHPublicKeys" in bare.survey().answer


def test_regions_that_nobody_may_list_are_said(account: Account) -> None:
    account.root.put_user_policy(
        UserName="responder", PolicyName="less",
        PolicyDocument=policy(Effect="Deny", Action="ec2:DescribeRegions", Resource="*"),
    )  # fmt: skip
    provider = AwsProvider(account.aws, AwsOptions(production=()))
    survey = next(a for a in provider.actions() if a.spec.name == "aws.survey_user")
    asked = call(account.located(account.key), since=next_second())
    assert "regions other than us-east-1" in survey.forecast(asked).because
    assert survey.verify(asked)[0].holds is None


def cluster(account: Account) -> Any:
    """Make a cluster; give the client for more."""
    eks, role = account.client("eks", account.responder), account.role("responder", name="nodes")
    eks.create_cluster(name="prod", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    return eks


def test_who_was_let_into_a_cluster_is_found(account: Account) -> None:
    """EKS access entries grant rights beside RBAC; kubectl does not show them."""
    eks = cluster(account)
    crime = Crime(account)
    ops, admin = account.arn("role/ops"), account.arn("user/admin")
    eks.create_access_entry(clusterName="prod", principalArn=ops)
    assert crime.survey().holds is True, "CloudTrail says that the responder did it"
    thief = account.client("eks", account.key)
    thief.create_access_entry(clusterName="prod", principalArn=admin)
    answer = crime.survey().answer
    assert f"eks:CreateAccessEntry on {admin}" in answer
    assert ops not in answer


def test_an_access_entry_without_a_maker_is_found(request: pytest.FixtureRequest) -> None:
    account = Account(ministack.bare(request.config))
    eks, since = cluster(account), next_second()
    arn = account.arn("user/svc")
    eks.create_access_entry(clusterName="prod", principalArn=arn)
    asked = call(account.located(account.key), since=since)
    answer = account.action("survey_user").verify(asked)[0].answer
    assert f"EKS access entry {arn} of prod" in answer


def test_a_containment_does_not_issue_before_the_key_that_the_thief_made_is_explained(
    crime: Crime, incident: Callable[..., Incident]
) -> None:
    account = crime.account
    made = crime.iam().create_access_key(UserName="admin")["AccessKey"]["AccessKeyId"]
    id = account.key["AccessKeyId"]
    one = incident(
        id, "aws_access_key", account.arn("user/svc"), "aws_access_key",
        presented={id: shown(account.key).reveal()}, since=crime.since,
    )  # fmt: skip
    done = one.run(one.plan())
    assert done.outcome == "incomplete"
    assert made in done.steps["1-survey"].reason


def test_an_act_of_the_timeline_is_named_as_the_survey_names_it(crime: Crime) -> None:
    """So that explaining it once explains it there too."""
    crime.iam().create_user(UserName="backdoor")
    (found,) = crime.account.action("survey_user").survey(crime.asked()).findings
    trace = crime.account.provider.trace
    arn = crime.account.arn("user/backdoor")
    said = trace(_act("CreateUser", arn))
    assert said is not None
    assert said.id == found.id
    assert trace(_act("GetSecretValue", arn)) is None
    assert trace(_act("Decrypt", None)) is None
    minted = trace(_act("AssumeRole", arn, "ASIAMADE"))
    assert minted is not None
    assert minted.explained({"ASIAMADE"})


def test_the_account_of_the_thief_need_not_be_the_one_that_is_surveyed(account: Account) -> None:
    """A suspect of another account is unknown to this one's trail, and does no harm to the survey."""
    asked = call(account.located(account.key), since=next_second(),
                 suspects=frozenset({"AKIAOFANOTHERACCOUNT", "hmac-sha256:00", "JTI=x"}))  # fmt: skip
    assert account.action("survey_user").verify(asked)[0].holds is True


def _act(action: str, target: str | None, *minted: str) -> Act:
    return Act(datetime.now().astimezone(), action, target, "AKIA", None, minted, "event-1")


def test_quarantine_stays_where_aws_put_it(
    account: Account, incident: Callable[..., Incident]
) -> None:
    """AWS attaches it to users whose key it found in public; it is lifted through the support case."""
    arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    account.root.attach_user_policy(UserName="svc", PolicyArn=arn)
    id = account.key["AccessKeyId"]
    one = incident(
        id, "aws_access_key", account.arn("user/svc"), "aws_access_key",
        store=account.store, destination="svc",
    )  # fmt: skip
    plan = one.plan()
    one.run(plan)
    one.engine(plan).undo(plan.run, "wrong one", one.people.undo(plan, "ada"))
    left = account.root.list_attached_user_policies(UserName="svc")["AttachedPolicies"]
    assert [found["PolicyArn"] for found in left] == [arn]
    detaches = account.client("cloudtrail", account.responder).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DetachUserPolicy"}]
    )
    assert detaches["Events"] == []


def test_the_roots_of_trust_that_the_emulator_lacks_are_read_as_aws_writes_them(
    account: Account,
) -> None:
    """Roles Anywhere: an anchor of the thief's lets his certificates in."""
    anchor = {
        "trustAnchorId": "a1", "name": "backdoor", "createdAt": "2100-01-01T00:00:00Z",
        "updatedAt": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    with FaultProxy(account.url) as proxy:
        proxy.plan(
            Lie(
                body=json.dumps({"trustAnchors": [anchor]}).encode(),
                headers=(("Content-Type", "application/json"), ("x-amzn-RequestId", "1")),
            ),
            at=lambda one: one.path.startswith("/trustanchors"), times=None,
        )  # fmt: skip
        seen = AwsProvider(
            Aws(account.session(account.responder), proxy.url), AwsOptions(regions=())
        )
        survey = next(a for a in seen.actions() if a.spec.name == "aws.survey_user")
        asked = call(account.located(account.key), since=next_second())
        assert "Roles Anywhere trust anchor a1" in survey.verify(asked)[0].answer
