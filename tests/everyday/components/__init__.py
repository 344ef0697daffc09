"""All components, in the order of their sources."""

from tests.everyday.components import (
    aws_builders,
    aws_ci,
    aws_ci_elsewhere,
    aws_controllers,
    aws_keys,
    aws_operations,
    aws_people,
    aws_scanners,
    aws_secrets,
    aws_workloads,
    github_bots,
    github_people,
    kubernetes_ci,
    kubernetes_controllers,
    kubernetes_people,
    vault_clients,
    vault_jobs,
)
from tests.everyday.world import Component

COMPONENTS: tuple[Component, ...] = (
    *aws_controllers.COMPONENTS,
    *aws_workloads.COMPONENTS,
    *aws_secrets.COMPONENTS,
    *aws_ci.COMPONENTS,
    *aws_ci_elsewhere.COMPONENTS,
    *aws_scanners.COMPONENTS,
    *aws_people.COMPONENTS,
    *aws_keys.COMPONENTS,
    *aws_operations.COMPONENTS,
    *aws_builders.COMPONENTS,
    *kubernetes_controllers.COMPONENTS,
    *kubernetes_ci.COMPONENTS,
    *kubernetes_people.COMPONENTS,
    *vault_clients.COMPONENTS,
    *vault_jobs.COMPONENTS,
    *github_people.COMPONENTS,
    *github_bots.COMPONENTS,
)
