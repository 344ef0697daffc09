"""The theft in AWS, call by call as the shipped logs tell it (steps 3, 5, 9, 10, 12 and 14)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from rekey.containment.secret import Secret
from rekey.demo import names
from rekey.demo.attempt import Attempt, attempt
from rekey.demo.workloads import Workloads, held, read_bucket, read_secret
from rekey.providers.aws.client import Aws
from rekey.providers.aws.credential import Credential

WHO: Final = "thief"
_BRANCH: Final = "ref:refs/heads/fix/broken-links"
"""Of ``docs-site``, on which the thief's workflow ran."""

_OTHER: Final = "ref:refs/heads/fix/typos"
"""Another that he can push."""


@dataclass(frozen=True)
class Stolen:
    """A credential of the thief.

    Attributes:
        logged: its id in the shipped logs.
        what: in words.
        target: what a plan calls that which is contained: a role's ARN, a key's id.
        call: what the logs show it used for, and ``ask`` does it.
        expires: of a session.
    """

    logged: str
    what: str
    target: str
    credential: Credential
    call: str
    ask: Callable[[Aws], Any]
    expires: datetime | None = None

    @property
    def presented(self) -> Secret:
        """Write the credential as ``rekey contain run --present`` takes it."""
        own = self.credential
        parts = [own.key_id, own.secret.reveal(), *([own.token.reveal()] if own.token else [])]
        return Secret(":".join(parts))


class Thief:
    """Somebody who can push to a branch of ``docs-site``.

    Args:
        workloads: through whose trust he comes.
    """

    def __init__(self, workloads: Workloads) -> None:
        self._workloads = workloads
        self.stolen = self._steal()

    def tries(self) -> list[Attempt]:
        """Present everything once, and come in anew by the way that was open."""
        seen_with = self._workloads.seen_with
        found = [
            attempt(WHO, one.what, one.call, partial(one.ask, seen_with(one.credential)))
            for one in self.stolen
        ]
        again = [
            attempt(WHO, what, "AssumeRoleWithWebIdentity", partial(self._enter, branch))
            for what, branch in (("new token of docs-site", _BRANCH),
                                 ("new token of another branch", _OTHER))
        ]  # fmt: skip
        return [*found, *again]

    def _steal(self) -> tuple[Stolen, ...]:
        """From the workflow's token to the deploy role, to the data account, to a key that stays."""
        session = self._enter(_BRANCH)
        seen = self._workloads.seen_with(session)
        answer = seen.change("sts", "assume_role", RoleArn=names.PIPELINE, RoleSessionName="deploy")
        chained, ends = held(answer["Credentials"]), answer["Credentials"]["Expiration"]
        made = self._workloads.seen_with(chained).change(
            "iam", "create_access_key", UserName=names.EXPORTER
        )
        key = held(made["AccessKey"])
        return (
            Stolen("ASIAEWPUSHP4RBP4E6K3", "session of gha-deploy", names.DEPLOYER, session,
                   "GetSecretValue", read_secret, ends),
            Stolen("ASIAMWH7LRJDQW52PFSO", "session of data-pipeline-admin", names.PIPELINE,
                   chained, "ListObjectsV2", lambda seen: read_bucket(seen, names.LAKE), ends),
            Stolen("AKIAEXAMPLE7Q2LEGACY", "access key of svc-legacy-export", key.key_id, key,
                   "ListObjectsV2", lambda seen: read_bucket(seen, names.EXPORTS)),
        )  # fmt: skip

    def _enter(self, branch: str) -> Credential:
        return self._workloads.federated("docs-site", branch)
