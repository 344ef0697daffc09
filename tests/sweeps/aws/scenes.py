"""The automations for AWS, and what is so when each is over."""

from typing import Final

from rekey.containment.order import Order
from tests.sweeps.aws.organization import WorldBelow
from tests.sweeps.aws.victim import World
from tests.sweeps.ground import Scene

_CUT: Final = (("own", 1), ("rekey-revoke-sessions", 1))
_ONCE: Final = {"UpdateAccessKey": 1, "PutUserPolicy": 1, "CreateAccessKey": 1, "PutSecretValue": 1}


def _of_a_key(order: Order) -> Scene:
    return Scene(
        "aws", "key", World("off", 1, True, False, _CUT), _ONCE, order,
        says="contained and verified" if order == "contain" else "rotated and verified",
        makes="CreateAccessKey", unmakes="DeleteAccessKey", stores="PutSecretValue",
    )  # fmt: skip


KEY: Final = _of_a_key("contain")
KEY_ROTATED: Final = _of_a_key("rotate")
ROLE: Final = Scene(
    "aws", "role", World("accepted", 0, False, False, _CUT, 2),
    {"UpdateAssumeRolePolicy": 1, "PutRolePolicy": 1},
)  # fmt: skip

SESSION: Final = Scene(
    "aws", "session", World("accepted", 0, False, False, (("own", 1), ("rekey-deny", 1)), 2, True),
    {"UpdateAssumeRolePolicy": 1, "PutRolePolicy": 1}, says="contained, exposure remains",
)  # fmt: skip

BELOW: Final = Scene(
    "organization", "role", WorldBelow(World("accepted", 0, False, False, _CUT, 2), 1, False),
    {"UpdateAssumeRolePolicy": 1, "PutRolePolicy": 1, "CreatePolicy": 1, "AttachPolicy": 1},
)  # fmt: skip

SCENES: Final = (
    KEY,
    KEY_ROTATED,
    ROLE,
    SESSION,
    BELOW,
    Scene(
        "aws", "key", World("gone", 1, True, False, _CUT), {**_ONCE, "DeleteAccessKey": 1},
        work="deletion",
    ),
    Scene(
        "aws", "key", World("accepted", 0, False, True, (("own", 1),)),
        {**_ONCE, "UpdateAccessKey": 2, "DeleteUserPolicy": 1, "DeleteAccessKey": 1,
         "UpdateSecretVersionStage": 1},
        work="undoing", says="undone",
    ),
)  # fmt: skip
