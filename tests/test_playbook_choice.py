"""What was used is ended by the playbook for its kind, whatever one the rule names."""

import pytest

from rekey.alert import CredentialRef
from rekey.containment.playbook import Library
from rekey.content import content
from rekey.playbook_choice import ENDING, playbooks_for
from tests.report.samples import ALERTS


@pytest.mark.parametrize(
    ("named", "kind", "asked"),
    [
        ("aws_role_session", "aws_session_key", ("aws_role_session",)),
        ("aws_role_session", "aws_access_key", ("aws_access_key", "aws_role_session")),
        ("aws_access_key", "aws_session_key", ("aws_role_session", "aws_access_key")),
        ("github_token", "Public Key (User/Deploy)", ("github_app_or_key", "github_token")),
        ("kubernetes_rbac", "k8s_token", ("kubernetes_rbac",)),
        ("aws_logging_restore", "aws_access_key", ("aws_logging_restore",)),
        ("aws_role_session", "something new", ("aws_role_session",)),
        ("aws_role_session", None, ("aws_role_session",)),
        (None, "aws_access_key", ()),
    ],
)
def test_playbooks_for(named: str | None, kind: str | None, asked: tuple[str, ...]) -> None:
    alert = ALERTS[0].model_copy(
        update={
            "rule": ALERTS[0].rule.model_copy(update={"playbook": named}),
            "credential": CredentialRef(id="one", kind=kind),
        }
    )
    assert playbooks_for(alert) == asked


@pytest.mark.parametrize(("kind", "name"), ENDING.items())
def test_the_playbook_for_a_kind_is_about_that_kind(kind: str, name: str) -> None:
    book = Library([content("playbooks")]).playbooks[name]
    assert kind in book.credential_kinds
    assert not book.on_request
