"""The survey finds what a thief left and changed, and not what the run did."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rekey.containment.secret import Secret
from rekey.providers.kubernetes.account import bindings, naming
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.login import Fixed
from tests.providers.kubernetes.world import RBAC, World, call


def test_the_survey_finds_what_the_thief_left_and_not_what_the_run_made(world: World) -> None:
    since = datetime.now(UTC) + timedelta(seconds=1)
    time.sleep(2.1)  # times of objects are whole seconds
    world.bind("backdoor", world.subject)
    world.legacy("late")
    target = world.provider.locate(world.wanted(world.token()))
    survey = world.action("survey_service_account")
    answer = survey.verify(call(target, since=since))[0]
    assert answer.holds is False
    backdoor = f"rolebindings.{RBAC}/{world.namespace}/backdoor"
    assert backdoor in answer.answer
    assert f"secrets/{world.namespace}/late" in answer.answer
    assert "/reads" not in answer.answer.replace(f"{world.namespace}/reader", "")
    suspend, restore = world.action("suspend_bindings"), world.action("restore_bindings")
    facts = suspend.apply(call(target, before=suspend.observe(call(target)))).facts
    later = call(target, since=since, earlier={"1-suspend_rights": facts})
    answer = survey.verify(later)[0]
    assert "backdoor" in answer.answer, "what the run itself took away is still the thief's"
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
    assert survey.verify(asked)[0].holds, survey.verify(asked)[0].answer
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
        found = survey.verify(asked)[0].answer
    assert f"roles.{RBAC}/{world.namespace}/reader, changed since" in found
    assert f"rolebindings.{RBAC}/{world.namespace}/others, changed since" in found
    assert f"create:configmaps:{world.namespace}/configmaps/left" in found
