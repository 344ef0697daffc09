"""Making a credential and storing its value is one step, of several calls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rekey.containment.errors import ProviderError, Unclear


@contextmanager
def taken_back(made: str, end: Callable[[], object]) -> Iterator[None]:
    """End what was made if its value is stored nowhere for sure: nobody has it, or ever will.

    Where an answer was lost it stays, and is named: the next look tells whether it was stored.

    Args:
        made: id of the credential; it goes with the error into the journal.
        end: ends it.

    Raises:
        Unclear: the store may have taken it, or it could not be ended.
        ProviderError: as it came, and what was made is ended.
    """
    try:
        yield
    except Unclear as error:
        error.made = (*error.made, made)
        raise
    except ProviderError as error:
        try:
            end()
        except ProviderError as failure:
            raise Unclear(
                f"{error.message}; {made} is usable, and could not be ended: {failure.message}",
                made=(made,),
            ) from failure
        error.message += f"; {made}, made for it, was ended again"
        error.removed = (*error.removed, made)
        raise
