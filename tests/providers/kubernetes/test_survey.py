"""The survey finds what a thief left and changed, and not what the run did."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rekey.containment.call import Call
from rekey.containment.secret import Secret
from rekey.containment.survey import Survey
from rekey.providers.kubernetes.account import bindings, naming
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.login import Fixed
from tests.providers.kubernetes.world import RBAC, World, call


def _found(survey: Any, asked: Call) -> str:
    """Give all that was found, of which an answer names the first: other tests make things too."""
    return "\n".join(map(str, Survey.of(survey.observe(asked).state).findings))


def test_the_survey_finds_what_the_thief_left_and_not_what_the_run_made(world: World) -> None:
    since = datetime.now(UTC) + timedelta(seconds=1)
    time.sleep(2.1)  # times of objects are whole seconds
    world.bind("backdoor", world.subject)
    world.legacy("late")
    target = world.provider.locate(world.wanted(world.token()))
    survey = world.action("survey_service_account")
    assert survey.verify(call(target, since=since))[0].holds is False
    found = _found(survey, call(target, since=since))
    backdoor = f"rolebindings.{RBAC}/{world.namespace}/backdoor"
    assert backdoor in found
    assert f"secrets/{world.namespace}/late" in found
    assert f"{world.namespace}/reads" not in found
    suspend, restore = world.action("suspend_bindings"), world.action("restore_bindings")
    facts = suspend.apply(call(target, before=suspend.observe(call(target)))).facts
    later = call(target, since=since, earlier={"1-suspend_rights": facts})
    assert backdoor in _found(survey, later), "what the run itself took away is still the thief's"
    restore.apply(later)
    assert restore.observe(later).effect == "present"
    names = {one["metadata"]["name"] for one in naming(world.account, bindings(world.admin))}
    assert names == {"reads"}, "he does not get it back"
    explained = replace(later, explained=frozenset({backdoor}))
    restore.apply(explained)
    names = {one["metadata"]["name"] for one in naming(world.account, bindings(world.admin))}
    assert names == {"reads", "backdoor"}


def test_the_survey_finds_rights_that_were_changed_and_what_the_audit_log_tells(
    world: World,
) -> None:
    world.bind("others", {"kind": "User", "name": "somebody"})
    role = path_of(f"roles.{RBAC}", world.namespace, "reader")
    world.provider = world.connected(audit_log=world.server.audit)
    target, token = world.provider.locate(world.wanted(world.token())), world.token()
    since = datetime.now(UTC) + timedelta(seconds=1)
    time.sleep(2.1)  # times of objects are whole seconds
    survey = world.action("survey_service_account")
    asked = call(target, since=since)
    assert world.namespace not in _found(survey, asked)
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    world.admin.patch(role, {"rules": rules})
    world.admin.patch(
        path_of(f"rolebindings.{RBAC}", world.namespace, "others"),
        {"subjects": [world.subject]},
    )
    thief = Cluster(replace(access(world.server.kubeconfig), login=Fixed(Secret(token))))
    thief.create(path_of("configmaps", world.namespace), {"metadata": {"name": "left"}})
    deadline, found = time.monotonic() + 10, ""
    while "configmaps" not in found and time.monotonic() < deadline:
        found = _found(survey, asked)
    assert f"roles.{RBAC}/{world.namespace}/reader, changed since" in found
    assert f"rolebindings.{RBAC}/{world.namespace}/others, changed since" in found
    assert f"create:configmaps:{world.namespace}/configmaps/left" in found
