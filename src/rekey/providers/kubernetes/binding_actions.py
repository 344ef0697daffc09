"""Taking an account's rights away, and giving them back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Forecast, Observation
from rekey.containment.errors import ProviderError, Refused
from rekey.containment.interface import Probe
from rekey.providers.kubernetes.account import (
    Account,
    binding_id,
    binding_name,
    binding_path,
    bindings,
    naming,
    restored_in,
    through_groups,
    younger,
)
from rekey.providers.kubernetes.client import Cluster, Data, path_of
from rekey.providers.kubernetes.cluster_action import ClusterAction
from rekey.providers.kubernetes.described import BINDINGS, MARK, RBAC, RIGHTS, RUN, TOKENS, spec
from rekey.providers.kubernetes.probe import RightsProbe

_READ = [f"list {one}" for one in BINDINGS] + [f"get {one}" for one in BINDINGS]
_WRITE = [f"{verb} {one}" for one in BINDINGS for verb in ("create", "patch")] + [
    f"bind roles.{RBAC}", f"bind clusterroles.{RBAC}",
]  # fmt: skip


class SuspendBindings(ClusterAction):
    """Takes the account out of every binding that names it; one that names it alone is deleted."""

    reads = "bindings that name the account"
    spec = spec(
        "suspend_bindings", "Take the account's role bindings away", Phase.CLOSE_MINT, TOKENS,
        ["DELETE rolebindings/{name}, clusterrolebindings/{name}",
         "PATCH those that it shares with others"],
        [*_READ, *_WRITE, *(f"delete {one}" for one in BINDINGS),
         f"get roles.{RBAC}", f"get clusterroles.{RBAC}"],
        "rbac/#referring-to-subjects", propagation=RIGHTS, reversible=True, on_identity=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Name them, and those that are not touched because they are for groups."""
        account, found = self._account(call), bindings(self._cluster)
        names = [binding_name(one) for one in naming(account, found)]
        shared = [binding_name(one) for one in through_groups(account, found)]
        because = (
            "as read back; with the token, a call that they allowed: 403. It stays authenticated"
        )
        return Forecast(
            Grade.B, because,
            tuple(f"what {name} allows, for every pod of the account" for name in names),
            residual=f"rights of groups that it is in: {', '.join(shared)}" if shared else None,
            if_presented=None if shared else Grade.A,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """See which are left; what this run has put back already does not count."""
        left = self._left(call)
        kept = _union(_kept(call.before), left)
        ours = bool(_kept(call.before))
        state = {"bindings": kept}
        return Observation("absent" if left else "present", state, ours and not left, state)

    def probe(self, call: Call) -> Probe | None:
        """Find a harmless read that the bindings allow, and nothing else does."""
        account, found = self._account(call), bindings(self._cluster)
        if call.presented is None or through_groups(account, found):
            return None
        for binding in naming(account, found):
            if path := self._allowed(binding):
                return RightsProbe(self._cluster, call.presented, self._endpoints, path)
        return None

    def apply(self, call: Call) -> Applied:
        """Delete or shorten each; the facts hold them as they were."""
        left, account = self._left(call), self._account(call)
        kept = _union(_kept(call.before), left)
        for binding in left:
            others = [one for one in binding["subjects"] if not account.is_subject(one)]
            if others:
                self._cluster.patch(binding_path(binding), {"subjects": others})
            else:
                self._cluster.delete(binding_path(binding), str(binding["metadata"]["uid"]))
        return Applied({"bindings": kept})

    def compensate(self, call: Call) -> Applied:
        """Put them back without a mark, but for what the thief may have made himself."""
        back = [one for binding in _honest(_kept(call.before), call)
                if (one := restore(self._cluster, self._account(call), binding, {RUN: None, MARK: None}))]  # fmt: skip
        return Applied({"restored": back})

    def _left(self, call: Call) -> list[Data]:
        found = naming(self._account(call), bindings(self._cluster))
        return [one for one in found if not restored_in(call, one)]

    def _allowed(self, binding: Data) -> str | None:
        role, namespace = binding["roleRef"], binding["metadata"].get("namespace")
        resource = f"{str(role['kind']).lower()}s.{RBAC}"
        where = namespace if role["kind"] == "Role" else None
        try:
            found = self._cluster.read(path_of(resource, where, str(role["name"]))) or {}
        except ProviderError:
            return None
        for rule in found.get("rules") or ():
            plural = next(
                (r for r in rule.get("resources") or () if "/" not in r and r != "*"), None
            )
            core = rule.get("apiGroups") == [""] and not rule.get("resourceNames")
            if core and plural and {"list", "*"} & set(rule.get("verbs") or ()):
                # One item: harmless, whatever the resource is.
                return f"{path_of(plural, namespace)}?limit=1"
        return None


class RestoreBindings(ClusterAction):
    """Puts back what the same run took away."""

    reads = "the saved bindings, with the account in them"
    spec = spec(
        "restore_bindings", "Put the account's role bindings back", Phase.DISTRIBUTE, TOKENS,
        ["POST rolebindings, clusterrolebindings", "PATCH those that others share"],
        [*_READ, *_WRITE], "rbac/#privilege-escalation-prevention-and-bootstrapping",
        propagation=replace(RIGHTS, rounds=1),
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Warn that they come back as they were, and some not at all."""
        because = (
            "they are read back, as they were: take rights out that it abused. One that was made "
            "or changed since the abuse began stays away until somebody explains it"
        )
        return Forecast(Grade.B, because)

    def observe(self, call: Call) -> Observation:
        """See whether all of them are there."""
        saved = saved_bindings(call)
        if saved is None:
            return Observation("absent", {})
        account, missing = self._account(call), []
        for binding in _honest(saved, call):
            found = self._cluster.read(binding_path(binding)) or {}
            if not any(account.is_subject(one) for one in found.get("subjects") or ()):
                missing.append(binding_name(binding))
        return Observation("absent" if missing else "present", {"missing": missing})

    def apply(self, call: Call) -> Applied:
        """Create, or add the account again."""
        saved = saved_bindings(call)
        if saved is None:
            raise Refused("no earlier step of this run took bindings away")
        marks: dict[str, str | None] = {RUN: call.run, MARK: call.marker}
        back = [one for binding in _honest(saved, call)
                if (one := restore(self._cluster, self._account(call), binding, marks))]  # fmt: skip
        return Applied({"restored": back})


def restore(
    cluster: Cluster, account: Account, binding: Data, marks: dict[str, str | None]
) -> str | None:
    """Put one binding back, unless it is there; give its name if it was changed.

    Raises:
        Refused: another one has its name by now, and leads to another role.
    """
    path = binding_path(binding)
    whole = {key: value for key, value in binding.items() if key != "changed"}
    about = {key: value for key, value in binding["metadata"].items() if key != "uid"}
    found = cluster.read(path)
    if found is None:
        kept = {key: value for key, value in marks.items() if value is not None}
        about["annotations"] = {**(about.get("annotations") or {}), **kept}
        cluster.create(path.rpartition("/")[0], {**whole, "metadata": about})
        return binding_name(binding)
    if found["roleRef"] != binding["roleRef"]:
        raise Refused(
            f"{binding_name(binding)} leads to {found['roleRef']['name']} now, and not to "
            f"{binding['roleRef']['name']}"
        )
    subjects = list(found.get("subjects") or ())
    missing = not any(account.is_subject(one) for one in subjects)
    if missing:
        subjects += [one for one in binding["subjects"] if account.is_subject(one)]
    held = found["metadata"].get("annotations") or {}
    if missing or any(held.get(key) != value for key, value in marks.items()):
        cluster.patch(path, {"metadata": {"annotations": marks}, "subjects": subjects})
    return binding_name(binding) if missing else None


def _kept(before: Observation | None) -> list[Data]:
    found = before.state.get("bindings") if before else None
    return [dict(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _honest(saved: Sequence[Data], call: Call) -> list[Data]:
    """Keep what is older than the abuse, or explained by a person."""
    return [
        one for one in saved
        if not younger(one, call.since) or binding_id(one) in call.explained
    ]  # fmt: skip


def saved_bindings(call: Call) -> list[Data] | None:
    """Give the bindings that an earlier step of this run took away, as they were."""
    for facts in call.earlier.values():
        found: Any = facts.get("bindings")
        if isinstance(found, list | tuple):
            return [dict(one) for one in found]
    return None


def _union(known: Sequence[Data], more: Sequence[Data]) -> list[Any]:
    names = {binding_name(one) for one in known}
    return [*known, *(one for one in more if binding_name(one) not in names)]
