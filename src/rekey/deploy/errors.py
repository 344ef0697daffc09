"""What can go wrong at a SIEM."""

from rekey.errors import ExitCode, RekeyError


class Unreachable(RekeyError):
    """No usable answer: whether a call took effect is not known."""

    exit_code = ExitCode.INCOMPLETE


class Failed(RekeyError):
    """The server broke over this one call: whether it took effect is not known."""

    exit_code = ExitCode.INCOMPLETE


class Denied(RekeyError):
    """The credential is wrong, or lacks a right."""

    exit_code = ExitCode.REFUSED


class Rejected(RekeyError):
    """The server understood and said no; nothing was changed by this call."""

    exit_code = ExitCode.INCOMPLETE


class Outdated(RekeyError):
    """What is live is not what was planned for."""

    exit_code = ExitCode.REFUSED
