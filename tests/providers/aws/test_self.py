"""rekey never acts on itself, on what its session rests on, or on who is listed by any name."""

from pathlib import Path

import pytest

from rekey.containment.break_glass import BreakGlass, Protected
from rekey.containment.errors import SelfUnknown
from rekey.containment.guards import GuardRefused, oneself, protected
from rekey.containment.target import Target, Wanted
from rekey.providers.aws import connect
from rekey.providers.aws.client import Aws
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from rekey.site.model import Site
from tests.providers.account import Account, policy


def provider_of(account: Account, held: dict[str, str], **options: object) -> AwsProvider:
    given = AwsOptions.model_validate({"regions": (), **options})
    return AwsProvider(Aws(account.session(held), account.url), given)


def test_rekey_knows_itself_and_every_name_of_it(account: Account) -> None:
    own = account.provider.connection()
    assert own.scope == account.id
    assert own.principal == account.arn("user/responder")
    assert account.responder["AccessKeyId"] in own.identities
    assert account.located(account.responder).names() & own.identities
    assert account.store.identities() == own.identities
    assert own.clock is not None, "AWS's clock, for cut-offs"


def test_a_session_rests_on_whoever_opened_it_down_to_the_first_key(account: Account) -> None:
    """Rekey runs as a role that was assumed from a role that was assumed with svc's key."""
    first = account.role("svc", name="duty", allowed=["sts:*", "cloudtrail:LookupEvents"])
    second = account.role(first, name="ir", allowed=["sts:*", "cloudtrail:LookupEvents", "iam:*"])
    session = account.assume(second, account.assume(first, account.key))
    inside = provider_of(account, session)
    own = inside.connection()
    assert own.principal == second
    assert {first, account.arn("user/svc"), account.key["AccessKeyId"]} <= own.identities
    for target in (
        inside.locate(Wanted("aws_access_key", account.key["AccessKeyId"])),
        inside.locate(Wanted("aws_session_key", "ASIAX", actor=first)),
        inside.locate(Wanted("aws_session_key", "ASIAX", actor=second)),
    ):
        with pytest.raises(GuardRefused, match="who rekey runs as"):
            oneself(own, target, None, ())


def test_a_session_of_which_nobody_says_who_opened_it_may_do_nothing(account: Account) -> None:
    role = account.role("svc", name="ir", allowed="iam:*")
    session = account.assume(role, account.key)
    with pytest.raises(SelfUnknown, match="nobody says who opened it") as told:
        provider_of(account, session).connection()
    assert "session_sources" in str(told.value.hint)
    said = provider_of(account, session, session_sources=[account.arn("user/svc")]).connection()
    assert account.arn("user/svc") in said.identities
    with pytest.raises(GuardRefused):
        oneself(said, account.located(account.key), None, ())


def test_a_profile_that_assumes_a_role_rests_on_its_source(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role, held = account.role("responder"), account.responder
    config = tmp_path / "config"
    config.write_text(
        f"[profile base]\naws_access_key_id = {held['AccessKeyId']}\n"
        f"aws_secret_access_key = {held['SecretAccessKey']}\n"
        f"[profile duty]\nrole_arn = {role}\nsource_profile = base\nregion = us-east-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
    own = connect({"profile": "duty", "names": ["prod"]}).connection()
    assert own.principal == role
    assert account.arn("user/responder") in own.identities
    assert own.scope_names == {"prod"}


@pytest.mark.parametrize(
    "pattern", ["*break-glass*", "tag:break-glass=*", "AIDA*", "*/break-glass-1"]
)
def test_a_break_glass_user_is_known_by_every_name(account: Account, pattern: str) -> None:
    held = account.user("break-glass-1" if "tag" not in pattern else "plain", "sts:*")
    if "tag" in pattern:
        account.root.tag_user(UserName="plain", Tags=[{"Key": "break-glass", "Value": "yes"}])
    target = account.located(held)
    assert _refused(account, target, pattern)


def test_closing_a_role_to_a_break_glass_user_is_refused_like_acting_on_him(
    account: Account,
) -> None:
    account.root.create_user(UserName="break-glass-1")
    account.root.put_user_policy(
        UserName="break-glass-1", PolicyName="own",
        PolicyDocument=policy(Effect="Allow", Action="sts:*", Resource="*"),
    )  # fmt: skip
    key, role = account.make_key("break-glass-1"), account.role("break-glass-1", "responder")
    opened = account.assume(role, key)
    target = account.provider.locate(Wanted("aws_session_key", opened["AccessKeyId"], actor=role))
    assert any("break-glass-1" in names for names in target.hit().values())
    again = account.assume(role, account.responder)
    ours = account.provider.locate(Wanted("aws_session_key", again["AccessKeyId"], actor=role))
    own = account.provider.connection().identities
    assert any(names & own for names in ours.hit().values())


def _refused(account: Account, target: Target, pattern: str) -> bool:
    listed = BreakGlass((Protected(match=pattern, reason="the last way in", owner="secops"),))
    try:
        protected(account.provider, target, listed, Site())
    except GuardRefused as error:
        return error.guard == "break-glass"
    return False
