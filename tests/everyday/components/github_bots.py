"""Machine users, deploy keys and apps at GitHub."""

from collections.abc import Callable
from functools import partial

from fixtures.scenarios.generator.clock import DAY, HOUR, daytime, nightly, steady
from fixtures.scenarios.generator.github import (
    CLASSIC,
    DEPLOY_KEY,
    FINE_GRAINED,
    SERVER_TO_SERVER,
    Access,
    Actor,
    Organisation,
    access,
)
from fixtures.scenarios.generator.identities import DEPENDABOT, RENOVATE
from fixtures.scenarios.generator.ordinary.development import GIT, RENOVATE_AGENT
from fixtures.scenarios.generator.world import World
from tests.everyday.components.github_people import ORGANISATION
from tests.everyday.networks import NAT, ON_PREMISES, hosted_runner
from tests.everyday.world import PERIOD, Component

ARGOCD = "argocd-repo-server/v3.1.1"


def machine_users_on_hosted_runners(world: World) -> None:
    """A token in a secret of the workflow, to clone other repositories.

    https://github.com/actions/checkout#checkout-multiple-repos-private
    """
    github = Organisation(world, ORGANISATION)

    def job(number: int, at: float) -> None:
        actor, token = (
            Actor(f"machine-{number}", 61_500_000 + number),
            access(CLASSIC, f"machine-{number}", "repo"),
        )
        repo = f"r{world.random.randrange(6)}"
        github.git("clone", actor, at, repo, token, hosted_runner(world.random), GIT)

    for number in range(3):
        world.plan(daytime(world.random, PERIOD, 6), partial(job, number))


def argocd_deploy_keys(world: World) -> None:
    """A deploy key for each repository; the repo server's pods leave by three gateways.

    https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/#ssh-private-key-credential
    """
    github = Organisation(world, ORGANISATION)

    def fetch(number: int, at: float) -> None:
        actor, key = Actor("deploy_key", 0), access(DEPLOY_KEY, f"argocd-{number}")
        github.git("fetch", actor, at, f"gitops-{number}", key, world.random.choice(NAT), ARGOCD)

    for number in range(8):
        world.plan(steady(world.random, PERIOD, 6), partial(fetch, number))


def flux(world: World) -> None:
    """The source controller polls with a token of a machine user.

    https://fluxcd.io/flux/components/source/gitrepositories/#basic-access-authentication
    """
    github = Organisation(world, ORGANISATION)
    actor, token = Actor("flux-bot", 61_500_010), access(FINE_GRAINED, "flux")

    def fetch(at: float) -> None:
        github.git(
            "fetch", actor, at, "fleet", token, world.random.choice(NAT[:2]), "git/2.0 (go-git/v5)"
        )

    world.plan(steady(world.random, PERIOD, 24), fetch)


def _clones(
    github: Organisation, actor: Actor, token: Access, agent: str, count: int, ip: Callable[[], str]
) -> Callable[[float], None]:
    """Give an act that clones so many repositories, from one address each time."""

    def clone(at: float) -> None:
        here = ip()
        for repo in range(count):
            github.git("clone", actor, at + 9 * repo, f"r{repo}", token, here, agent)

    return clone


def backup(world: World) -> None:
    """Every repository is cloned, every night.

    https://github.com/josegonzalez/python-github-backup
    """
    github = Organisation(world, ORGANISATION)
    token = access(CLASSIC, "backup", "repo,read:org")
    act = _clones(github, Actor("backup-bot", 61_500_011), token, GIT, 60, lambda: ON_PREMISES)
    world.plan(nightly(world.random, PERIOD, 1), act)


def renovate_self_hosted(world: World) -> None:
    """Renovate in a scheduled workflow, with the token of a machine user.

    https://docs.renovatebot.com/modules/platform/github/
    """
    github = Organisation(world, ORGANISATION)
    token = access(CLASSIC, "renovate", "repo,workflow")
    runner = partial(hosted_runner, world.random)
    act = _clones(github, Actor("renovate-bot", 61_500_012), token, RENOVATE_AGENT, 30, runner)
    world.plan(steady(world.random, PERIOD, 2), act)


def apps(world: World) -> None:
    """Dependabot and the Renovate app: tokens of an hour, no addresses.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
    """
    github = Organisation(world, ORGANISATION)

    def update(actor: Actor, at: float) -> None:
        token = access(SERVER_TO_SERVER, f"{actor.login}/{int(at // HOUR)}")
        repo = f"r{world.random.randrange(20)}"
        github.git("push", actor, at, repo, token, None, "GitHub Dependabot")
        run = github.run_created(actor, at + 5, repo, "Test", "dependabot/pip", "pull_request")
        github.job_prepared(run, at + 12, "test", ())
        github.run_completed(run, at + 200)

    for actor in (DEPENDABOT, RENOVATE):
        world.plan(steady(world.random, PERIOD, 4), partial(update, actor))


def runner_controller(world: World) -> None:
    """Ephemeral runners, registered at a repository by a machine user.

    https://github.com/actions/actions-runner-controller/blob/master/docs/authenticating-to-the-github-api.md
    """
    github = Organisation(world, ORGANISATION)
    actor, token = Actor("ci-machine", 61_500_013), access(CLASSIC, "arc", "repo")

    def register(at: float) -> None:
        github.event("repo.register_self_hosted_runner", actor, at, repo="mono", access=token, operation="create",
                     ip=NAT[0], agent="actions-runner-controller")  # fmt: skip

    world.plan(daytime(world.random, PERIOD, 12), register)


def terraform(world: World) -> None:
    """Rulesets and deploy keys are kept by Terraform; protections are replaced now and then.

    https://registry.terraform.io/providers/integrations/github/latest/docs/resources/repository_ruleset
    """
    github = Organisation(world, ORGANISATION)
    actor, token = Actor("tf-machine", 61_500_014), access(CLASSIC, "terraform", "repo,admin:org")
    agent = "go-github/v66.0.0 terraform-provider-github"

    def did(action: str, at: float, ip: str, operation: str = "modify", **fields: object) -> None:
        github.event(
            action,
            actor,
            at,
            repo="svc-1",
            access=token,
            ip=ip,
            agent=agent,
            operation=operation,
            **fields,
        )

    def apply(number: int, at: float) -> None:
        ip = hosted_runner(world.random)
        did(
            "repository_ruleset.update",
            at,
            ip,
            ruleset_enforcement="active",
            ruleset_old_enforcement="active",
        )
        did("public_key.create", at + 2, ip, "create", read_only="true")
        if number % 3 == 0:
            did("protected_branch.destroy", at + 60, ip, "remove", name="main")
            did("protected_branch.create", at + 63, ip, "create", name="main")

    for number, day in enumerate(range(0, 28, 3)):
        world.plan(PERIOD.start + day * DAY + 10 * HOUR, partial(apply, number))


def automation_apps(world: World) -> None:
    """Terraform as an app, which archives a repository in the last week, and an autoscaler of runners.

    https://registry.terraform.io/providers/integrations/github/latest/docs#github-app-installation
    """
    github = Organisation(world, ORGANISATION)
    planner, scaler = Actor("terraform[bot]", 61_500_020), Actor("runners[bot]", 61_500_021)

    def apply(at: float) -> None:
        token = access(SERVER_TO_SERVER, f"terraform-app/{int(at // HOUR)}")
        for number, action in enumerate(
            ("repository_ruleset.update", "repo.create_actions_secret", "hook.config_changed")
        ):
            github.event(action, planner, at + number, repo="svc-1", access=token)
        if at >= PERIOD.end - 2 * DAY:
            github.event("repo.archived", planner, at + 9, repo="svc-0", access=token)

    def scale(at: float) -> None:
        token = access(SERVER_TO_SERVER, f"runners-app/{int(at // HOUR)}")
        github.event(
            "repo.configure_self_hosted_jit_runner", scaler, at, repo="mono", access=token,
            operation="create",
        )  # fmt: skip

    world.plan(daytime(world.random, PERIOD, 2), apply)
    world.plan(daytime(world.random, PERIOD, 12), scale)


def workflows_in_many_repositories(world: World) -> None:
    """A platform team: branches and a new workflow for many repositories, three made from a template, runners of their own.

    multi-gitter pushes and opens pull requests; Terraform, as an app, makes the group of the runners.

    https://github.com/lindell/multi-gitter
    https://docs.github.com/en/repositories/creating-and-managing-repositories/creating-a-repository-from-a-template
    https://registry.terraform.io/providers/integrations/github/latest/docs/resources/actions_runner_group
    """
    github = Organisation(world, ORGANISATION)
    team, planner = Actor("platform-machine", 61_500_030), Actor("terraform[bot]", 61_500_020)
    token = access(CLASSIC, "multi-gitter", "repo,workflow")

    def ran(at: float, repo: str, name: str, branch: str, trigger: str, number: int) -> None:
        for action, delay in (("created", 0), ("completed", 90)):
            github.event(
                f"workflows.{action}_workflow_run", team, at + delay, repo=repo, operation="create",
                programmatic_access_type=token.kind, event=trigger, head_branch=branch, name=name,
                run_number=number,
            )  # fmt: skip

    def roll_out(week: int, at: float) -> None:
        ip = hosted_runner(world.random)
        for number in range(20):
            push = at + 20 * number
            github.git("push", team, push, f"r{number}", token, ip, GIT)
            ran(push + 2, f"r{number}", "Test", f"update-actions-{week}", "push", 300 + number)
            if week == 1:
                ran(push + 3, f"r{number}", "Dependency review", "review", "pull_request", 1)
                ran(push + DAY, f"r{number}", "Dependency review", "main", "push", 2)

    def template(at: float) -> None:
        for number in range(3):
            ran(at + 60 * number, f"new-{number}", "Test", "main", "push", 1)

    def runners(at: float) -> None:
        made = access(SERVER_TO_SERVER, f"terraform-app/{int(at // HOUR)}")
        github.event(
            "org.runner_group_created", planner, at, access=made, operation="create",
            runner_group_id=7,
        )  # fmt: skip

    def job(at: float) -> None:
        github.event(
            "workflows.prepared_workflow_job", None, at, repo="r1", is_hosted_runner=False,
            runner_group_id=7, runner_labels=["self-hosted"], secrets_passed=["DEPLOY_KEY"],
        )  # fmt: skip

    for week in range(4):
        world.plan(PERIOD.start + (7 * week + 1) * DAY + 10 * HOUR, partial(roll_out, week))
    world.plan(PERIOD.start + 9 * DAY + 14 * HOUR, template)
    world.plan(PERIOD.start + 8 * DAY + 9 * HOUR, runners)
    world.plan(daytime(world.random, PERIOD, 4), job)


COMPONENTS = (
    Component(machine_users_on_hosted_runners, 3),
    Component(argocd_deploy_keys, 8),
    Component(flux, 1),
    Component(backup, 1),
    Component(renovate_self_hosted, 1),
    Component(apps, 2),
    Component(runner_controller, 1),
    Component(terraform, 1),
    Component(automation_apps, 2),
    Component(workflows_in_many_repositories, 1),
)
