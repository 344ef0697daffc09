"""One AWS account as a provider."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Gone, NotFound, ProviderError, Refused
from rekey.containment.interface import Action
from rekey.containment.survey import Finding
from rekey.containment.target import Act, BlastRadius, Connection, Facts, Target, Wanted
from rekey.providers.aws import principals, rights
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.confirm_actions import confirm_actions
from rekey.providers.aws.issue_actions import issue_actions
from rekey.providers.aws.key_actions import key_actions
from rekey.providers.aws.named_session_actions import named_session_actions
from rekey.providers.aws.oneself import known, oneself
from rekey.providers.aws.openers import mint_of
from rekey.providers.aws.organization import Organization
from rekey.providers.aws.organization_actions import organization_actions
from rekey.providers.aws.principals import Arn, listed
from rekey.providers.aws.role_actions import role_actions
from rekey.providers.aws.session_actions import session_actions
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.survey_actions import survey_actions
from rekey.providers.aws.trail import Event, events
from rekey.providers.aws.trust import is_principal, opener_of, providers_in

_POWERFUL: Final = (
    "iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy", "iam:PutRolePolicy",
    "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "organizations:LeaveOrganization",
)  # fmt: skip
"""Who may do one of these holds rights over identities, or over everything."""

_READS: Final = ("Get", "List", "Describe", "Lookup", "Head", "BatchGet", "Search", "Query",
                 "Select", "Simulate", "Generate", "View", "Decrypt", "Verify")  # fmt: skip
"""Begin of calls that change nothing: https://docs.aws.amazon.com/service-authorization/latest/reference/"""

_LONG_TERM: Final = "AKIA"
_SUBJECT: Final = "oidc:"
"""Before the subject of an identity token, as lineage names it."""


class AwsProvider:
    """See :class:`rekey.containment.interface.Provider`."""

    name = "aws"

    def __init__(
        self, aws: Aws, options: AwsOptions, organization: Organization | None = None
    ) -> None:
        self._aws, self._options, self._organization = aws, options, organization
        self._selves: dict[str, frozenset[str]] = {}
        self._actions: tuple[Action, ...] = (
            *key_actions(aws, options), *issue_actions(aws, options), *confirm_actions(aws, options),
            *session_actions(aws, options), *named_session_actions(aws, options),
            *organization_actions(aws, options, organization), *role_actions(aws, options),
            *survey_actions(aws, options),
        )  # fmt: skip

    def connection(self) -> Connection:
        """Ask STS who and where we are.

        Raises:
            SelfUnknown: it does not say, or nobody says on whom our session rests.
        """
        key = self._aws.key_id or ""
        if key not in self._selves:
            self._selves = {key: known(self._aws, self._options.session_sources).names}
        own = oneself(self._aws, (*self._options.session_sources, *self._selves[key]))
        above = self._organization.names() if self._organization else frozenset()
        return Connection(
            self.name, own.account, own.arn, own.names, frozenset(self._options.names),
            dict.fromkeys(sorted(above), "it writes the organisation's policies"),
            self._options.presented_in(self._aws), own.time,
        )  # fmt: skip

    def locate(self, wanted: Wanted) -> Target:
        """Find the user of a key, and the user or role of a session.

        Raises:
            NotFound: there is no such key, user or role.
        """
        try:
            if wanted.kind == "aws_access_key":
                return self.resolve(wanted.kind, wanted.id, {})
            if wanted.kind == "aws_session_key":
                return self._session(self._account(), wanted)
        except Missing as error:
            raise NotFound(f"{wanted.id}: {error.message}") from error
        raise NotFound(f"{wanted.kind} is not handled for AWS: act by hand")

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        """Find the user of a key again, or a user or role by its ARN.

        Raises:
            Gone: there is no such key, user or role any more.
        """
        try:
            if kind == "aws_access_key":
                user = principals.user(self._aws, principals.user_of_key(self._aws, id))
                return self._of_user(kind, id, user, given)
            if kind == "aws_user_session":
                user = principals.user(self._aws, Arn.of(id).name)
                return self._of_user(kind, str(user["Arn"]), user, given)
            if kind == "aws_role_session":
                return self._of_role(principals.role(self._aws, Arn.of(id).name), given)
        except Missing as error:
            raise Gone(f"{id}: {error.message}") from error
        raise NotFound(f"{kind} is not handled for AWS")

    def _account(self) -> str:
        return self.connection().scope

    def _session(self, scope: str, wanted: Wanted) -> Target:
        if not wanted.actor:
            raise NotFound(f"the case does not say whose session {wanted.id} is of")
        where = Arn.of(wanted.actor)
        if where.account != scope:
            raise NotFound(f"{wanted.actor} is of another account than {scope}")
        if where.kind in ("role", "assumed-role"):
            role = principals.role(self._aws, where.name)
            return self._of_role(role, self._opening(wanted, role))
        if where.kind == "user":
            user = principals.user(self._aws, where.name)
        elif where.kind == "federated-user" and (key := self._opened_with(wanted)):
            user = principals.user(self._aws, principals.user_of_key(self._aws, key))
        else:
            raise NotFound(f"sessions of {wanted.actor} cannot be cut by a policy")
        key = self._opened_with(wanted)
        given: Facts = {
            "opened_with": [key] if key else [], "by_nobody_known": [] if key else [wanted.id],
            "in_case": [key] if key and key == wanted.parent else [],
        }  # fmt: skip
        return self._of_user("aws_user_session", str(user["Arn"]), user, given)

    def _opened_with(self, wanted: Wanted) -> str | None:
        """Give the key with which a user's session was opened: by the case, else by CloudTrail."""
        if wanted.parent and wanted.parent.startswith(_LONG_TERM):
            return wanted.parent
        event = self._mint(wanted)
        return event.key if event and event.key.startswith(_LONG_TERM) else None

    def _opening(self, wanted: Wanted, role: Mapping[str, Any]) -> Facts:
        """Give what is known of the opening of a role's session, and for which one it is not."""
        event = self._mint(wanted)
        named = list(self._openers(event, wanted, role))
        session = event.session if event else ""
        return {
            "openers": named, "by_nobody_known": [] if named else [wanted.id],
            "sessions": [session] if session else [], "unnamed": [] if session else [wanted.id],
        }  # fmt: skip

    def _openers(
        self, event: Event | None, wanted: Wanted, role: Mapping[str, Any]
    ) -> Iterator[str]:
        """Give who opened a role's session: by CloudTrail, else by what the case knows of it."""
        if event is not None and (named := opener_of(event)):
            yield named
            return
        parent = wanted.parent or ""
        if parent.startswith(_LONG_TERM):
            with suppress(Refused):
                user = principals.user(self._aws, principals.user_of_key(self._aws, parent))
                yield str(user["Arn"])
        elif parent.startswith(_SUBJECT):
            subject = parent.removeprefix(_SUBJECT)
            yield from (f"{arn} {subject}"
                        for arn in providers_in(role["AssumeRolePolicyDocument"]))  # fmt: skip

    def _mint(self, wanted: Wanted) -> Event | None:
        try:
            return mint_of(self._aws, wanted.id, self._options.regions or ())
        except ProviderError:
            return None  # the plan says that nobody knows

    def _of_user(self, kind: str, id: str, user: Mapping[str, Any], given: Facts) -> Target:
        return Target(
            self.name, self._account(), kind, id, str(user["Arn"]),
            principals.names_of(user, "User"), {"user": str(user["UserName"]), **given}, given,
        )  # fmt: skip

    def _of_role(self, role: Mapping[str, Any], given: Facts) -> Target:
        arn, account = str(role["Arn"]), self._account()
        named = listed(given, "openers")
        facts = {
            "openers": [], "by_nobody_known": [], "sessions": [], "unnamed": [], **given,
            "role": str(role["RoleName"]), "path": str(role.get("Path") or "/"),
        }  # fmt: skip
        hit = tuple(
            principals.party(self._aws, one, "the role is closed to it", account)
            for one in named if is_principal(one)
        )  # fmt: skip
        return Target(
            self.name, account, "aws_role_session", arn, arn, principals.names_of(role, "Role"),
            facts, given, hit,
        )  # fmt: skip

    def trace(self, act: Act) -> Finding | None:
        """Take every act for something left behind that AWS does not call reading."""
        if act.minted:
            return Finding(act.minted[0], f"{act.action} on {act.target or 'itself'}",
                           act.credential, frozenset(act.minted))  # fmt: skip
        if act.action.startswith(_READS):
            return None
        about = (act.target or "").rpartition("/")[2] or (act.target or act.event)
        return Finding(f"{act.action}:{about}", f"{act.action} on {act.target or 'something'}",
                       act.credential)  # fmt: skip

    def actions(self) -> Sequence[Action]:
        """Give all actions."""
        return self._actions

    def blast_radius(self, target: Target) -> BlastRadius:
        """Weigh what else breaks, by CloudTrail of this region and by simulation."""
        declared, notes = self._options, []
        callers: int | None = None
        by = ("AccessKeyId", target.id)
        if target.kind != "aws_access_key":
            by = ("ResourceName", target.identity)
            notes.append("callers: who opened sessions")
        try:
            seen = events(self._aws, *by, datetime.now(UTC) - timedelta(days=1))
            callers = len({one.caller for one in seen.events})
            notes.append("callers: management events of one region, some minutes late")
            if seen.more:
                notes.append("callers: at least; there are more events than were read")
        except ProviderError as error:
            notes.append(f"callers: {error.message}")
        return BlastRadius(
            declared.dependents(target), callers, self._privileged(target),
            declared.in_production(target), tuple(notes),
        )  # fmt: skip

    def _privileged(self, target: Target) -> bool | None:
        try:
            return any(rights.allowed(self._aws, target.identity, _POWERFUL).values())
        except ProviderError:
            return None

    def protected(self, target: Target) -> str | None:
        """Name what AWS or Identity Center reserves.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
        """
        role, path = str(target.facts.get("role") or ""), str(target.facts.get("path") or "")
        if path.startswith("/aws-service-role/"):
            return "a service-linked role belongs to its service and takes no policies"
        if role.startswith("AWSReservedSSO_"):
            return "it is managed by IAM Identity Center; sign the person out there"
        if target.identity.endswith(":root"):
            return "no policy reaches the root user"
        return None

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        """Simulate our own policies; policies of the organisation and of resources are not seen."""
        asked = set(permissions)
        above = {one for one in asked if one.holder}
        organization = self._organization.aws if self._organization else None
        return rights.held(self._aws, asked - above) | rights.held(organization, above)

    def may(self, names: Sequence[str], on: str) -> dict[str, bool] | None:
        """Simulate what we may do on one resource; ``None`` where that cannot be told."""
        try:
            return rights.allowed(self._aws, oneself(self._aws).arn, names, on)
        except ProviderError:
            return None

    def policy(self, permissions: Iterable[Permission]) -> str:
        """Write an IAM policy."""
        return rights.policy(permissions)
