"""What a portal or gateway answers in a provider's stead passes neither for empty nor for done."""

import ssl
from collections.abc import Callable, Iterator

import boto3
import pytest

from rekey.containment.call import Call
from rekey.containment.errors import Denied, ProviderError, Refused, Throttled, Unclear, Unreachable
from rekey.containment.secret import Secret
from rekey.containment.target import Target
from rekey.providers.answer import Answer
from rekey.providers.aws.client import Aws
from rekey.providers.aws.credential import Credential
from rekey.providers.aws.key_actions import DisableAccessKey
from rekey.providers.aws.probe import KeyProbe
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.issue import taken_back
from rekey.providers.kubernetes.client import Cluster
from rekey.providers.kubernetes.kubeconfig import Access
from rekey.providers.kubernetes.login import Fixed
from rekey.providers.kubernetes.probe import TokenProbe
from rekey.providers.vault.client import opened
from rekey.providers.vault.tokens import Tokens
from tests.faults.faults import Refuse
from tests.faults.proxy import FaultProxy

PORTAL = b"<html><body>Welcome to the guest network</body></html>"


@pytest.fixture(params=[PORTAL, b"{}", b""], ids=["page", "object", "nothing"])
def portal(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a server that answers everything with success."""
    with FaultProxy("http://127.0.0.1:1") as proxy:
        proxy.plan(Refuse(200, request.param), at=lambda _: True, times=None)
        yield proxy.url


def asks(question: Callable[[], object], error: type[ProviderError] = Unreachable) -> None:
    with pytest.raises(error):
        question()


def test_aws(portal: str) -> None:
    aws = Aws(boto3.Session("AKIA1", "x", None, "us-east-1"), portal)
    asks(lambda: aws.listed("iam", "list_access_keys", "AccessKeyMetadata", UserName="svc"))
    asks(lambda: aws.listed("iam", "list_users", "Users"))
    asks(lambda: aws.read("iam", "get_user", UserName="svc"))
    asks(lambda: aws.read("cloudtrail", "lookup_events"))
    asks(lambda: aws.change("iam", "create_access_key", UserName="svc"), Unclear)
    asks(lambda: aws.change("secretsmanager", "put_secret_value", SecretId="a"), Unclear)
    target = Target("aws", "1", "aws_access_key", "AKIA2", "arn", facts={"user": "svc"})
    asks(lambda: DisableAccessKey(aws, AwsOptions()).observe(Call(target, "r", "s", "m")))
    (check,) = KeyProbe(aws, Credential("AKIA2", Secret("y")), ["us-east-1"]).present()
    assert check.holds is None, "neither accepted nor refused"


def test_vault(portal: str) -> None:
    vault = opened(portal, token="hvs.x")  # noqa: S106
    asks(lambda: vault.read("auth/token/lookup-self"))
    asks(lambda: vault.keys("auth/token/accessors"))
    asks(lambda: vault.ask("sys/audit-hash/file", input="x"))
    asks(lambda: vault.change("auth/token/revoke-accessor", accessor="x"), Unclear)
    asks(lambda: vault.patch("secret/metadata/a", custom_metadata={}), Unclear)
    asks(lambda: list(Tokens(vault, "file").all()))


def test_kubernetes(portal: str) -> None:
    trust = ssl.create_default_context()
    cluster = Cluster(Access(portal, Fixed(Secret("ours")), trust, trust))
    asks(lambda: cluster.read("/api/v1/namespaces/a"))
    asks(lambda: cluster.items("/api/v1/pods"))
    asks(lambda: cluster.ask("/apis/authentication.k8s.io/v1/tokenreviews", {}))
    asks(lambda: cluster.create("/api/v1/namespaces", {}), Unclear)
    asks(lambda: cluster.patch("/api/v1/namespaces/a", {}), Unclear)
    asks(lambda: cluster.delete("/api/v1/namespaces/a", "uid"), Unclear)
    checks = TokenProbe(cluster, Secret("old"), [portal]).present()
    assert not any(check.holds for check in checks)


def test_a_field_that_is_missing_is_the_answers_fault() -> None:
    answer = Answer({"a": 1}, "iam:GetUser", Unreachable)
    assert answer["a"] == 1
    assert answer.get("b") is None
    with pytest.raises(Unreachable, match="the answer to iam:GetUser lacks b"):
        answer["b"]


def test_what_was_made_is_ended_unless_it_may_have_been_stored() -> None:
    ended: list[str] = []
    for raised in (Denied("not you", "a permission"), Throttled("wait"), Unreachable("lost")):
        with (
            pytest.raises(type(raised), match="key 1, made for it, was ended again") as caught,
            taken_back("key 1", lambda: ended.append("1")),
        ):
            raise raised
        assert caught.value.removed == ("key 1",)
    assert ended == ["1", "1", "1"]
    with (
        pytest.raises(Unclear, match="lost") as caught,
        taken_back("key 2", lambda: ended.append("2")),
    ):
        raise Unclear("lost")
    assert caught.value.made == ("key 2",) and "2" not in ended


def test_what_could_not_be_ended_is_named() -> None:
    def fails() -> None:
        raise Unclear("no answer")

    with (
        pytest.raises(
            Unclear, match="key 3 is usable, and could not be ended: no answer"
        ) as caught,
        taken_back("key 3", fails),
    ):
        raise Refused("no")
    assert caught.value.made == ("key 3",)
