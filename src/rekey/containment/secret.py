"""A secret value that cannot leave by accident."""

from typing import NoReturn


class Secret:
    """Holds a value in memory: it neither prints, compares, pickles nor serialises.

    ``reveal`` is the only way to the value, so that a search for it finds every use.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value, to hand it to the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
