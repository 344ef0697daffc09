"""What can go wrong at a provider, told apart by what the engine must do next."""

from datetime import timedelta

from rekey.errors import ExitCode, RekeyError


class ProviderError(RekeyError):
    """Root of what a provider raises. Messages carry codes and ids, never values of secrets.

    Attributes:
        made: ids of what the call made and that is there still.
        removed: ids of what it made, or an earlier attempt had, and has taken back.
    """

    exit_code = ExitCode.INCOMPLETE

    def __init__(
        self, message: str, *, hint: str | None = None,
        made: tuple[str, ...] = (), removed: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(message, hint=hint)
        self.made, self.removed = made, removed


class Unreachable(ProviderError):
    """A call that only reads got no usable answer. Nothing was changed."""


class Refused(ProviderError):
    """The provider said no, and nothing is changed: quota, conflict, wrong state.

    What was made on the way was taken back, and stands under ``removed``.
    """


class Denied(Refused):
    """We lack a right.

    Attributes:
        permission: its name, as :attr:`rekey.containment.action_spec.Permission.name`.
    """

    def __init__(self, message: str, permission: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint or "`rekey doctor` says what is missing for what.")
        self.permission = permission


class Throttled(Refused):
    """Too many calls, and nothing was changed.

    Attributes:
        after: how long the provider asks to wait.
    """

    def __init__(self, message: str, after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__(message)
        self.after = after


class Unclear(ProviderError):
    """The call may have taken effect: timeout, lost answer, server error.

    What it made for sure, and nobody has stored, stands under ``made``.
    """


class NotFound(ProviderError):
    """The credential or identity of the case is not there, or not something that we can act on.

    It may well be usable, so that a plan without it is a plan in part.
    """


class Gone(NotFound):
    """It was there once and is not any more: revoked, deleted, expired. Nothing is left of it."""


class Ambiguous(ProviderError):
    """More than one fits. A person must choose."""


class SelfUnknown(ProviderError):
    """The provider does not say who we are."""
