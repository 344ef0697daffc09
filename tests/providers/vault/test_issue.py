"""A made token has a successor; one that came of a login has none."""

from dataclasses import replace

import hvac

from tests.providers.vault.world import World, call


def test_a_made_token_has_a_successor_and_what_a_crash_left_is_revoked(world: World) -> None:
    old = world.make(policies=[world.name], ttl="1h", no_parent=True)
    target = world.provider.locate(world.wanted(old))
    create = world.action("create_token")
    lost = world.make(path="auth/token/create-orphan", policies=[world.name],
                      meta={"rekey": "rekey-run-1-step"})  # fmt: skip
    asked = call(target, store=world.store, destination=world.path)
    assert create.observe(asked).effect == "partial", "its value is lost"
    assert create.clear(asked) == (world.hmac(lost["accessor"]),)
    applied = create.apply(asked)
    assert not world.works(lost["client_token"])
    successor = world.stored()["value"]
    assert world.works(successor)
    seen = create.observe(asked)
    assert (seen.effect, seen.facts) == ("present", applied.facts)
    confirm = world.action("confirm_token_used")
    later = replace(asked, earlier={"1-issue": applied.facts})
    assert confirm.verify(later)[0].holds is False
    hvac.Client(url=world.url, token=successor).auth.token.renew_self()
    assert confirm.verify(later)[0].holds is True


def test_a_login_token_is_not_made_again(world: World) -> None:
    target = world.provider.locate(world.wanted(world.login()))
    forecast = world.action("create_token").forecast(call(target))
    assert forecast.impossible and "logs in again" in forecast.impossible
