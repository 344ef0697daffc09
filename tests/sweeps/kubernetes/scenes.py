"""The automations for Kubernetes, and what is so when each is over."""

from typing import Final

from tests.sweeps.ground import Scene
from tests.sweeps.kubernetes.victim import World

_SUSPENDED: Final = {"delete rolebindings/reads": 1, "create rolebindings/reads": 1}
_ISSUED: Final = {"create an anchor": 1, "delete secrets/anchor": 1}
_ROTATED: Final = World(successors=1, stored=True)


def _contained(victim: str, *effects: str, account: bool = True) -> Scene:
    return Scene(
        "kubernetes", victim, World(account=account), _SUSPENDED | dict.fromkeys(effects, 1),
        says="contained, exposure remains",
    )  # fmt: skip


def _rotated(victim: str) -> Scene:
    return Scene("kubernetes", victim, _ROTATED, _ISSUED, "rotate",
                 says="rotated, exposure remains", makes="create an anchor", unmakes="delete an anchor")  # fmt: skip


BOUND: Final = _contained("bound", "delete secrets/anchor")
UNBOUND: Final = _contained(
    "unbound", "delete serviceaccounts/exporter", "create serviceaccounts/exporter", account=False
)
ROTATED: Final = _rotated("bound")

SCENES: Final = (
    BOUND,
    ROTATED,
    _contained("pod", "delete pods/worker"),
    UNBOUND,
    _contained("legacy", "delete secrets/anchor"),
    _rotated("legacy"),
    Scene(
        "kubernetes", "bound", World(), {**BOUND.effects, "patch rolebindings/reads": 1},
        work="undoing", says="undone", said=BOUND.says,
    ),
    # What was ended cannot be brought back, so that the successor stays.
    Scene(
        "kubernetes", "bound", _ROTATED, _ISSUED, "rotate", work="undoing", says="undone in part",
        said=ROTATED.says,
    ),
)  # fmt: skip
