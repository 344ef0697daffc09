"""Which playbooks an alert asks for: the rule names one, the credential in use may need another.

A rule about workloads fires on the session of a role and on a user's key alike, and names one playbook.
"""

from typing import Final

from rekey.alert import Alert

ENDING: Final = {
    "aws_access_key": "aws_access_key",
    "aws_session_key": "aws_role_session",
    "k8s_token": "kubernetes_service_account_token",
    "k8s_client_cert": "kubernetes_client_certificate",
    "Personal access token (classic)": "github_token",
    "Fine-grained personal access token": "github_token",
    "OAuth access token": "github_token",
    "Public Key (User/Deploy)": "github_app_or_key",
}
"""Kind of credential → the playbook that ends it, where kinds of one product have different ones."""


def playbooks_for(alert: Alert) -> tuple[str, ...]:
    """Give the playbooks that an alert asks for, in the order in which to follow them.

    Where the rule's own ends credentials of another kind, what was used is ended first: what was
    made or assumed with it, the rule's own may be about.
    """
    named = alert.rule.playbook
    if named is None:
        return ()
    ending = ENDING.get(alert.credential.kind or "")
    if ending is None or named not in ENDING.values():
        return (named,)
    return tuple(dict.fromkeys((ending, named)))
