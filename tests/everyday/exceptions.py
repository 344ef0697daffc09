"""Where rules may be louder than their budgets, and why; ``test_budgets`` holds the list exact.

An entry is a debt of the rule and no pardon: it goes when the rule has become quiet there.
"""

EXCEPTIONS: dict[str, dict[str, str]] = {
    "aws/access_key_used_from_two_networks": {
        "aws_keys.laptops": "a laptop changes between the office and mobile networks, which are new each time",
    },
    "aws/denied_across_services": {
        "aws_scanners.posture_vendors": "a vendor's workers come from more networks than three days show",
    },
    "aws/identity_check_then_secret_read": {
        "aws_people.administrators_by_adfs": "sessions that a person's SAML login began count as a workload's",
        "aws_ci.terraform": "the first of each repository's habit: Terraform asks who it is, then reads a data source",
        "aws_people.profiles_with_role_arn": "a role that a person takes by a profile counts as a workload's",
    },
    "aws/instance_credential_on_new_network": {
        "aws_workloads.instances_that_stop_at_night": "a stopped instance has a new public address each morning",
    },
    "aws/logging_switched_off_by_workload": {
        "aws_ci.aws_nuke": "a sandbox is emptied each week, the trail included; the site names such an account",
    },
    "aws/mail_sending_probed": {
        "aws_scanners.posture_vendors": "a vendor's workers come from more networks than three days show",
    },
    "aws/nodes_listed_then_commanded": {
        "aws_ci.rollout_by_run_command": "each run is new: the command goes to the same tag, but from another runner",
    },
    "aws/role_assumed_by_new_subject": {
        "aws_ci.circleci": "subjects of CircleCI name branch and person: new pairs of them for weeks",
    },
    "aws/session_key_used_from_two_networks": {
        "aws_workloads.pods_behind_a_pool": "the ways out of a NAT gateway with four addresses are learned for each pod anew",
        "aws_workloads.behind_a_pool": "the ways out of a NAT gateway with four addresses are learned for each instance anew",
    },
    "github/deploy_key_with_write_access_added": {
        "github_people.flux_bootstrap": "three clusters were set up in the month; each key may write",
    },
    "github/guardrail_removed_through_token": {
        "github_bots.terraform": "the provider replaces a protection: it is gone for three seconds",
    },
    "github/private_repository_made_public": {
        "github_people.open_source": "two releases in a month, in a source of 45 identities",
    },
    "github/token_cloned_many_repositories": {
        "github_people.onboarding": "somebody new clones everything: who is new has no habits",
        "github_bots.renovate_self_hosted": "each of its runs comes from another network, so that the first week is news",
    },
    "github/token_used_from_new_network": {
        "github_people.tokens_of_people": "a person's token travels with the laptop",
        "github_bots.machine_users_on_hosted_runners": "the first of each token's habit: every job has a runner on another network",
    },
    "github/token_used_from_two_networks": {
        "github_bots.machine_users_on_hosted_runners": "two jobs within an hour, on runners of two networks",
        "github_people.tokens_of_people": "a person's token travels with the laptop",
    },
    "kubernetes/cluster_admin_granted_by_a_service_account": {
        "kubernetes_ci.kubectl_deployments": "CI patches a binding that has been there before; the log does not say what it was",
        "kubernetes_controllers.crossplane": "it makes bindings as its work, each for another team",
    },
    "kubernetes/permissions_probed_before_secrets_were_read": {
        "kubernetes_ci.kubectl_deployments": "a deployment asks whether it may, then reads the registry's secret",
    },
    "kubernetes/pod_token_used_outside_the_cluster": {
        "kubernetes_controllers.cron_jobs": "a cluster whose pods leave by public addresses looks as if they were outside",
    },
    "kubernetes/pod_tokens_used_from_two_networks": {
        "kubernetes_controllers.aks_controllers": "a cluster leaves by two public addresses",
        "kubernetes_controllers.pods_on_control_plane_nodes": "towards API servers on other machines a pod has its node's address",
        "kubernetes_controllers.cron_jobs": "a cluster leaves by two public addresses",
    },
    "kubernetes/secrets_read_in_a_new_namespace": {
        "kubernetes_controllers.database_operator": "each new database has a namespace with a name of its own",
    },
    "vault/auth_trust_changed_by_workload": {
        "vault_jobs.terraform": "Terraform keeps Vault's roles, from another runner each week",
    },
    "vault/entity_on_new_network": {
        "vault_clients.autoscaling_instances": "instances come up anywhere in three subnets of /20",
    },
    "vault/policy_changed_then_secrets_read": {
        "vault_jobs.terraform": "Terraform keeps Vault's policies, and reads a secret in the same run",
    },
    "vault/token_used_from_two_networks": {
        "vault_clients.behind_a_load_balancer": "the nodes of the load balancer, in three subnets, are learned for each program anew",
    },
}
"""Rule → component → reason."""

EXCEPTED = tuple(
    (rule, component) for rule, components in EXCEPTIONS.items() for component in components
)
