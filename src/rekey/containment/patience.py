"""Asking again where an answer was lost: one lost answer is no reason to stop, or to go on blindly."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from rekey.containment.clock import Clock
from rekey.containment.errors import Gone, ProviderError, Refused, Throttled

ATTEMPTS: Final = 5
"""Calls that are made for one question or effect before it counts as failed."""

BETWEEN: Final = timedelta(seconds=1)

T = TypeVar("T")


def patiently(clock: Clock, ask: Callable[[], T]) -> T:
    """Ask until there is an answer; a refusal is one, and so is that nothing is there any more.

    Raises:
        ProviderError: what was raised last.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return ask()
        except Throttled as error:
            clock.sleep(error.after)
        except (Gone, Refused):
            raise
        except ProviderError:
            clock.sleep(BETWEEN)
    return ask()
