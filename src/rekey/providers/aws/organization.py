"""The organisation that an account belongs to, and its service control policies.

Nobody in a member account can take such a policy away, whatever rights he has there; it does not bind
the management account.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rekey.containment.action_spec import Permission
from rekey.containment.errors import ProviderError
from rekey.providers.answer import Answer
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.cut_policy import is_spent
from rekey.providers.aws.oneself import oneself

_TYPE: Final = "SERVICE_CONTROL_POLICY"
PREFIX: Final = "rekey-"
"""Begin of the names of rekey's policies; the run follows."""

MOST: Final = 10
"""Policies that an account takes, the one that allows everything among them; five until May 2026:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""

HOLDER: Final = "the organisation"
PERMISSIONS: Final = tuple(
    Permission(f"organizations:{name}", "*", HOLDER)
    for name in (
        "AttachPolicy", "CreatePolicy", "DeletePolicy", "DescribeOrganization", "DescribePolicy",
        "DetachPolicy", "ListPolicies", "ListPoliciesForTarget", "ListRoots", "UpdatePolicy",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """A service control policy.

    Attributes:
        attached: whether it is on the account that was asked about.
    """

    id: str
    name: str
    document: Mapping[str, Any]
    attached: bool


@dataclass(frozen=True)
class Put:
    """What putting a policy did.

    Attributes:
        removed: names of earlier runs' policies that made room.
        request_id: of the last call, if one was needed.
    """

    removed: tuple[str, ...]
    request_id: str | None


class Organization:
    """An organisation, seen by whoever may write its policies.

    Args:
        aws: the management account, or that of a delegated administrator.
    """

    def __init__(self, aws: Aws) -> None:
        self.aws, self._names = aws, frozenset[str]()

    def names(self) -> frozenset[str]:
        """Give every name of whoever writes the policies; none while he cannot be asked.

        What cannot be asked changes nothing either, so that nothing depends on it.
        """
        if not self._names:
            with suppress(ProviderError):
                self._names = oneself(self.aws).names
        return self._names

    def unable(self, account: str, name: str) -> str | None:
        """Say why a policy of this name cannot be put on an account, if so; reads only."""
        try:
            found = self.aws.read("organizations", "describe_organization")["Organization"]
            if found["MasterAccountId"] == account:
                return "service control policies do not bind the management account"
            roots = self.aws.listed("organizations", "list_roots", "Roots")
            types = [one for root in roots for one in root.get("PolicyTypes") or ()]
            if not any((one["Type"], one["Status"]) == (_TYPE, "ENABLED") for one in types):
                return "service control policies are not enabled in this organisation"
            held = self._on(account)
            if _is_full(held, name) and not self._spent(held):
                return f"the account has {MOST} service control policies, and takes no further one"
        except ProviderError as error:
            return error.message
        return None

    def find(self, account: str, name: str) -> Policy | None:
        """Find a policy by its name: on the account, else among all of the organisation."""
        for attached in (True, False):
            known = self._on(account) if attached else self._all()
            if id := next((str(one["Id"]) for one in known if one["Name"] == name), None):
                try:
                    return Policy(id, name, self._document(id), attached)
                except Missing:
                    return None
        return None

    def put(self, account: str, name: str, document: str, there: Policy | None) -> Put:
        """Write a policy, and put it on the account; what is there of it is gone on with.

        Where the account is full, policies of earlier runs that end nothing any more make room.

        Args:
            account: id of the account.
            name: of the policy.
            document: what it is to say.
            there: what :meth:`find` gives.
        """
        removed: list[str] = []
        if there is None or not there.attached:
            held = self._on(account)
            for one in self._spent(held) if _is_full(held, name) else ():
                self.remove(account, one)
                removed.append(one.name)
        answer: Mapping[str, Any] = {}
        if there is None:
            answer = self._change(
                "create_policy", Name=name, Type=_TYPE, Content=document,
                Description="Written by rekey: ends sessions that were stolen",
            )  # fmt: skip
            id = answer["Policy"]["PolicySummary"]["Id"]
            there = Policy(id, name, json.loads(document), attached=False)
        elif there.document != json.loads(document):
            answer = self._change("update_policy", PolicyId=there.id, Content=document)
        if not there.attached:
            answer = self._change("attach_policy", PolicyId=there.id, TargetId=account)
        told = answer.get("ResponseMetadata") or {}
        return Put(tuple(removed), told.get("RequestId"))

    def remove(self, account: str, policy: Policy) -> None:
        """Take a policy from the account, and delete it."""
        if policy.attached:
            self._change("detach_policy", PolicyId=policy.id, TargetId=account)
        self._change("delete_policy", PolicyId=policy.id)

    def _change(self, operation: str, **given: str) -> Answer:
        return self.aws.change("organizations", operation, **given)

    def _spent(self, held: Sequence[Mapping[str, Any]]) -> list[Policy]:
        """Give those of rekey's policies on an account whose sessions have all expired."""
        own = [one for one in held if str(one["Name"]).startswith(PREFIX)]
        found = (Policy(one["Id"], one["Name"], self._document(one["Id"]), True) for one in own)
        return [one for one in found if is_spent(one.document, datetime.now(UTC))]

    def _document(self, id: str) -> dict[str, Any]:
        found = self.aws.read("organizations", "describe_policy", PolicyId=id)["Policy"]
        return dict(json.loads(found["Content"]))

    def _all(self) -> list[dict[str, Any]]:
        return self.aws.listed("organizations", "list_policies", "Policies", Filter=_TYPE)

    def _on(self, account: str) -> list[dict[str, Any]]:
        return self.aws.listed(
            "organizations", "list_policies_for_target", "Policies", TargetId=account, Filter=_TYPE
        )


def _is_full(held: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Say whether an account that has these policies takes no other one."""
    return len(held) >= MOST and all(one["Name"] != name for one in held)
