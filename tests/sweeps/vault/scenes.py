"""The automations for Vault, and what is so when each is over."""

from typing import Final

from rekey.containment.order import Order
from tests.sweeps.ground import Scene
from tests.sweeps.vault.victim import World

_ENDED: Final = {"destroy the old": 1, "revoke the stolen": 1, "revoke the honest": 1}
_ISSUED: Final = World(successors=1, stored=True)
_DISABLED: Final = {"disabled: True": 1}


def _of_an_approle(order: Order) -> Scene:
    return Scene(
        "vault", "approle", _ISSUED, {**_ENDED, "draw secret ID": 1}, order,
        says="contained and verified" if order == "contain" else "rotated and verified",
        makes="draw secret ID",
    )  # fmt: skip


APPROLE: Final = _of_an_approle("contain")
LOGIN: Final = Scene(
    "vault", "login", World(honest=True), {"destroy the old": 1, "revoke the stolen": 1}
)
MADE: Final = Scene(
    "vault", "made", World(honest=True, logins=True, successors=1, stored=True),
    {"make token": 1, "revoke the stolen": 1}, "rotate",
    says="rotated and verified", makes="make token",
)  # fmt: skip
BATCH: Final = Scene("vault", "batch", World(disabled=True), _DISABLED)
ENTITY: Final = Scene(
    "vault", "entity", World(disabled=True),
    _DISABLED | {"revoke the stolen": 1, "revoke the honest": 1},
)  # fmt: skip

SCENES: Final = (
    APPROLE,
    _of_an_approle("rotate"),
    LOGIN,
    Scene(
        "vault", "made", World(honest=True, logins=True), {"revoke the stolen": 1},
        says="contained in part",  # no AppRole gave the token out, so that its mint stays open
    ),
    MADE,
    BATCH,
    ENTITY,
    # What was ended cannot be brought back, so that the successor stays.
    Scene(
        "vault", "approle", _ISSUED, {**_ENDED, "draw secret ID": 1}, work="undoing",
        says="undone in part",
    ),
    Scene(
        "vault", "made", MADE.end, MADE.effects, "rotate", work="undoing", says="undone in part",
        said="rotated and verified",
    ),
    Scene(
        "vault", "batch", World(stolen=True, honest=True, logins=True),
        _DISABLED | {"disabled: False": 1}, work="undoing", says="undone",
    ),
    Scene(
        "vault", "entity", World(logins=True),
        {**ENTITY.effects, "disabled: False": 1}, work="undoing", says="undone",
    ),
)  # fmt: skip
