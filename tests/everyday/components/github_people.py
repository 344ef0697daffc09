"""People at GitHub, with browsers, keys and tokens of their own."""

from functools import partial

from fixtures.scenarios.generator.clock import DAY, daytime
from fixtures.scenarios.generator.github import CLASSIC, USER_KEY, Actor, Organisation, access
from fixtures.scenarios.generator.ordinary.development import GIT
from fixtures.scenarios.generator.world import World
from tests.everyday.networks import office, on_the_road
from tests.everyday.world import PERIOD, Component

ORGANISATION = "acme-example"
OAUTH = "OAuth access token"


def _person(number: int) -> Actor:
    return Actor(f"dev{number}", 7_200_000 + number)


def developers(world: World) -> None:
    """Clone, fetch, push and review, from two places.

    https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization
    """
    github = Organisation(world, ORGANISATION)

    def work(number: int, at: float) -> None:
        someone, rng = _person(number), world.random
        ip = rng.choice((office(70 + number), office(90 + number)))
        token = access(OAUTH, f"credential-manager-{number}", "repo")
        repo = f"r{rng.randrange(20)}"
        github.git(rng.choice(("fetch", "push", "clone")), someone, at, repo, token, ip, GIT)
        if rng.random() < 0.3:
            github.event(
                "pull_request.create", someone, at + 60, repo=repo, ip=ip, operation="create"
            )

    for number in range(15):
        world.plan(daytime(world.random, PERIOD, 3), partial(work, number))


def tokens_of_people(world: World) -> None:
    """Classic tokens in scripts on laptops that travel.

    https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
    """
    github = Organisation(world, ORGANISATION)

    def work(number: int, at: float) -> None:
        away = world.random.random() < 0.25
        ip = on_the_road(number, world.random) if away else office(70 + number)
        token = access(CLASSIC, f"laptop-{number}", "repo")
        operation = world.random.choice(("fetch", "push"))
        github.git(operation, _person(number), at, f"r{number}", token, ip, GIT)

    for number in range(6):
        world.plan(daytime(world.random, PERIOD, 5), partial(work, number))


def onboarding(world: World) -> None:
    """Somebody new clones everything in an hour.

    https://docs.github.com/en/repositories/creating-and-managing-repositories/cloning-a-repository
    """
    github = Organisation(world, ORGANISATION)

    def first_day(number: int, at: float) -> None:
        key = access(USER_KEY, f"new-{number}")
        for repo in range(45):
            github.git(
                "clone",
                _person(100 + number),
                at + 12 * repo,
                f"r{repo}",
                key,
                office(110 + number),
                GIT,
            )

    for number, day in enumerate((3, 15, 24)):
        world.plan(PERIOD.start + day * DAY + 9 * 3600, partial(first_day, number))


def open_source(world: World) -> None:
    """A repository is made public.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/managing-repository-settings/setting-repository-visibility
    """
    github = Organisation(world, ORGANISATION)

    def publish(number: int, at: float) -> None:
        github.event("repo.access", _person(number), at, repo=f"oss{number}", ip=office(70 + number),
                     visibility="public", previous_visibility="private")  # fmt: skip

    for number, day in enumerate((4, 23)):
        world.plan(PERIOD.start + day * DAY + 15 * 3600, partial(publish, number))


def flux_bootstrap(world: World) -> None:
    """`flux bootstrap github --read-write-key` adds a deploy key that may write.

    https://fluxcd.io/flux/installation/bootstrap/github/#github-deploy-keys
    """
    github = Organisation(world, ORGANISATION)
    token = access(OAUTH, "gh-cli", "repo")

    def bootstrap(number: int, at: float) -> None:
        github.event("public_key.create", _person(1), at, repo=f"fleet-{number}", access=token, operation="create",
                     ip=office(71), agent="flux/2.6.4", read_only="false", title="flux-system")  # fmt: skip

    for number, day in enumerate((1, 11, 22)):
        world.plan(PERIOD.start + day * DAY + 10 * 3600, partial(bootstrap, number))


COMPONENTS = (
    Component(developers, 15),
    Component(tokens_of_people, 6),
    Component(onboarding, 3),
    Component(open_source, 2),
    Component(flux_bootstrap, 1),
)
