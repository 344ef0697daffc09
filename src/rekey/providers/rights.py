"""Whether a secret store may write, in words."""

from collections.abc import Callable, Mapping

from rekey.containment.errors import ProviderError


def lacking(ask: Callable[[], Mapping[str, bool | None]]) -> str | None:
    """Say which rights are missing, or that it cannot be told; ``None`` if all are held.

    Args:
        ask: gives the rights that writing needs, each with whether it is held, if that is known.
    """
    try:
        held = ask()
    except ProviderError as error:
        return f"whether it may be written there cannot be told: {error.message}"
    if missing := [right for right, known in held.items() if known is False]:
        return f"{', '.join(missing)} is missing"
    if unknown := [right for right, known in held.items() if known is None]:
        return f"whether we hold {', '.join(unknown)} cannot be told"
    return None
