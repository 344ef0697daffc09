"""Sessions end, and the way in which they were opened is closed, or said to be open."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from rekey.containment.action_spec import Grade
from rekey.containment.call import Call
from rekey.containment.errors import NotFound, Refused
from rekey.containment.target import Target, Wanted, joined
from rekey.providers.aws.trust import still_open
from tests.providers.account import REGION, Account, call, next_second, shown
from tests.providers.incident import Incident

ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
SUBJECT = "system:serviceaccount:shop:exporter"


def located(account: Account, held: Mapping[str, Any], actor: str, parent: str = "") -> Target:
    return account.provider.locate(
        Wanted("aws_session_key", held["AccessKeyId"], actor=actor, parent=parent or None)
    )


def close(account: Account) -> Any:
    return account.action("deny_assume_by_parent")


def of_run(target: Target, run: str, cutoff: datetime | None = None, **given: Any) -> Call:
    return Call(target, run, "1-step", f"rekey-{run}-1-step", cutoff=cutoff, **given)


def identity_token(subject: str = SUBJECT, audience: str = "sts.amazonaws.com") -> str:
    """An identity token; the emulator reads it and does not check who signed."""
    claims = {"iss": f"https://{ISSUER}", "sub": subject, "aud": audience}
    parts = ({"alg": "none"}, claims)
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts
    ) + "."  # fmt: skip


def enter(account: Account, role: str, subject: str = SUBJECT) -> dict[str, Any]:
    """Come in with an identity token, as a pod does (IRSA)."""
    sts = boto3.Session(region_name=REGION).client(
        "sts", endpoint_url=account.url, config=Config(signature_version=UNSIGNED)
    )
    found = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="pod", WebIdentityToken=identity_token(subject)
    )
    return dict(found["Credentials"])


def irsa(account: Account, operator: str = "StringEquals", subject: str = SUBJECT) -> str:
    provider = account.root.create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    return account.trusting(
        "irsa", "secretsmanager:*", Principal={"Federated": provider},
        Action="sts:AssumeRoleWithWebIdentity", Condition={operator: {f"{ISSUER}:sub": subject}},
    )  # fmt: skip


def test_cloudtrail_tells_who_assumed_a_role_and_it_is_closed_to_him(
    account: Account, incident: Callable[..., Incident]
) -> None:
    """The case knows the session alone; without this the thief opens the next one."""
    role = account.role("svc", "responder")
    stolen = account.assume(role, account.key)
    one = incident(stolen["AccessKeyId"], "aws_session_key", role, "aws_role_session")
    plan = one.plan()
    assert [step.id for step in plan.steps if step.phase == "close_mint"] == ["1-deny_parent"]
    done = one.run(plan)
    assert done.outcome == "contained and verified", done.steps
    assert account.answer(stolen) == "AccessDeniedException"
    with pytest.raises(ClientError, match="AccessDenied"):
        account.assume(role, account.key)
    account.assume(role, account.responder)


def test_a_role_that_was_assumed_from_another_role_is_closed_to_that_one(account: Account) -> None:
    first = account.role("svc", name="first", allowed="sts:AssumeRole")
    second = account.role(first, name="second")
    held = account.assume(first, account.key)
    target = located(account, account.assume(second, held), second)
    assert target.facts["openers"] == [first]
    (party,) = target.parties
    assert first in party.names()
    close(account).apply(call(target))
    assert account.trust("second")[-1]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": first}}
    assert account.assume(second, held), "the emulator compares with the session: test_gaps.py"


def test_a_pods_identity_is_denied_and_others_of_its_issuer_are_not(account: Account) -> None:
    """IRSA: STS takes the token until it expires, whatever happens in the cluster."""
    role = irsa(account, "StringLike", "system:serviceaccount:shop:*")
    stolen = enter(account, role)
    target = located(account, stolen, role)
    assert target.facts["openers"] == [f"{account.arn(f'oidc-provider/{ISSUER}')} {SUBJECT}"]
    close(account).apply(call(target))
    assert close(account).observe(call(target)).effect == "present"
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(account, role)
    other = enter(account, role, "system:serviceaccount:shop:importer")
    assert account.answer(other) == "", "only the abused identity is shut out"
    close(account).compensate(call(target))
    enter(account, role)


def test_a_trust_that_takes_other_tokens_of_the_thief_is_said_to_be_open(account: Account) -> None:
    wide = located(
        account, enter(account, irsa(account, "StringLike", "*")), account.arn("role/irsa")
    )
    said = close(account).forecast(call(wide)).mint_open
    assert said and ", as *" in said
    account.root.update_assume_role_policy(
        RoleName="irsa",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            **account.trust("irsa")[0],
            "Condition": {"StringEquals": {f"{ISSUER}:sub": [SUBJECT, "other"]}},
        }]}),
    )  # fmt: skip
    assert close(account).forecast(call(wide)).mint_open is None


def test_where_nobody_knows_who_opened_it_the_plan_says_that_the_mint_is_open(
    account: Account,
) -> None:
    role = account.role("svc")
    target = located(account, {"AccessKeyId": "ASIAOFANOTHERSESSION"}, role)
    assert close(account).forecast(call(target)).impossible
    cut = account.action("deny_older_role_sessions")
    assert "nobody knows who opened it" in str(cut.forecast(call(target)).mint_open)
    known = located(account, account.assume(role, account.key), role)
    assert cut.forecast(call(known)).mint_open is None


@pytest.mark.parametrize(
    ("opener", "word"),
    [
        ("ec2.amazonaws.com", "isolate it"),
        ("rolesanywhere.amazonaws.com", "import-crl"),
        ("pods.eks.amazonaws.com", "delete-pod-identity-association"),
        ("arn:aws:iam::1:saml-provider/idp ada", "close the way there"),
    ],
)
def test_what_no_trust_policy_can_close_is_for_a_person(opener: str, word: str) -> None:
    said = still_open([opener], "svc", {"Statement": []})
    assert said and word in said


def test_the_trust_is_closed_to_the_parent_and_restored_without_loss(account: Account) -> None:
    role = account.role("svc", "responder")
    target = located(account, {"AccessKeyId": "ASIAX"}, role, account.key["AccessKeyId"])
    assert close(account).observe(call(target)).effect == "absent"
    close(account).apply(call(target))
    close(account).apply(call(target))
    with pytest.raises(ClientError, match="AccessDenied"):
        account.assume(role, account.key)
    account.assume(role, account.responder)
    trust = account.trust()
    assert len(trust) == 2, "applied twice, written once"
    later = [*trust, {**trust[0], "Sid": "Later"}]
    account.root.update_assume_role_policy(
        RoleName="deploy",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": later}),
    )
    close(account).compensate(call(target))
    assert [one.get("Sid") for one in account.trust()] == [None, "Later"]
    account.assume(role, account.key)


def test_each_run_closes_the_trust_itself_so_that_undoing_one_leaves_the_other(
    account: Account,
) -> None:
    role = account.role("svc")
    target = located(account, account.assume(role, account.key), role)
    first, second = of_run(target, "0" * 12), of_run(target, "1" * 12)
    close(account).apply(first)
    assert close(account).observe(second).effect == "absent"
    close(account).apply(second)
    close(account).compensate(first)
    with pytest.raises(ClientError, match="AccessDenied"):
        account.assume(role, account.key)
    close(account).compensate(second)
    account.assume(role, account.key)


@pytest.mark.parametrize("kind", ["role", "user"])
def test_undoing_an_older_cut_does_not_end_a_newer_one(account: Account, kind: str) -> None:
    role = account.role("svc")
    target = located(account, account.assume(role, account.key), role)
    if kind == "user":
        target = located(account, account.session_of(account.key), account.arn("user/svc"))
    cut = account.action(f"deny_older_{kind}_sessions")
    earlier = datetime.now(UTC) - timedelta(hours=1)
    first, second = of_run(target, "0" * 12, earlier), of_run(target, "1" * 12, datetime.now(UTC))
    first = of_run(target, "0" * 12, earlier, before=cut.observe(first))
    cut.apply(first)
    second = of_run(target, "1" * 12, second.cutoff, before=cut.observe(second))
    cut.apply(second)
    seen = cut.observe(first)
    assert (seen.effect, seen.ours) == ("present", False)
    with pytest.raises(Refused, match="held by run 111111111111"):
        cut.compensate(first)
    cut.compensate(second)
    assert cut.observe(first).ours is True
    cut.compensate(first)
    assert cut.observe(first).effect == "absent"


def test_a_user_whose_key_nobody_knows_has_no_sessions_any_more(
    account: Account, incident: Callable[..., Incident]
) -> None:
    """GetSessionToken cannot be denied; what it gives can."""
    stolen, arn = account.session_of(account.key), account.arn("user/svc")
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", arn, "aws_access_key",
        presented={arn: shown(stolen).reveal()},
    )  # fmt: skip
    plan = one.plan()
    (closing,) = [step for step in plan.steps if step.phase == "close_mint"]
    assert account.key["AccessKeyId"] in str(closing.residual), "CloudTrail tells which key it was"
    done = one.run(plan)
    assert done.steps[closing.id].grade is Grade.A
    assert account.answer(stolen) == "AccessDeniedException"
    next_second()
    assert account.answer(account.session_of(account.key)) == "AccessDeniedException"
    assert account.answer(account.key) == "", "keys have no age: the condition spares them"
    role = account.role("svc")
    assert account.answer(account.assume(role, account.key)) == "", "nor does it reach roles"
    one.engine(plan).undo(plan.run, "wrong one", one.people.undo(plan, "ada"))
    assert account.answer(account.session_of(account.key)) == ""


def test_where_the_case_knows_the_key_it_is_switched_off_instead(account: Account) -> None:
    held = account.session_of(account.key)
    known = located(account, held, account.arn("user/svc"), account.key["AccessKeyId"])
    denying = account.action("deny_user_sessions")
    assert account.key["AccessKeyId"] in str(denying.forecast(call(known)).impossible)
    more = located(account, {"AccessKeyId": "ASIAOFANOTHERSESSION"}, account.arn("user/svc"))
    given = joined(known.given, more.given)
    both = account.provider.resolve(known.kind, known.id, given)
    assert denying.forecast(call(both)).impossible is None, "another key may have opened that one"


def test_a_federated_users_session_belongs_to_whoever_opened_it(account: Account) -> None:
    account.root.put_user_policy(
        UserName="svc", PolicyName="more",
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": '
        '"sts:GetFederationToken", "Resource": "*"}]}',
    )  # fmt: skip
    held = account.client("sts", account.key).get_federation_token(Name="guest")["Credentials"]
    actor = f"arn:aws:sts::{account.id}:federated-user/guest"
    target = located(account, held, actor)
    assert target.identity == account.arn("user/svc")
    with pytest.raises(NotFound):
        located(account, {"AccessKeyId": "ASIAUNKNOWN"}, actor)
