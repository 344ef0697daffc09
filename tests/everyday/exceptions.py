"""Where rules may be louder than their budgets, and why; ``test_budgets`` holds the list exact.

An entry is a debt of the rule and no pardon: it goes when the rule has become quiet there.
"""

EXCEPTIONS: dict[str, dict[str, str]] = {
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
    "github/token_used_from_two_networks": {
        "github_people.tokens_of_people": "a person's token travels with the laptop: the office, then a train, within an hour",
    },
}
"""Rule → component → reason."""

EXCEPTED = tuple(
    (rule, component) for rule, components in EXCEPTIONS.items() for component in components
)
