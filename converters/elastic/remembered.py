"""What is worked out once: the registry does not change while a program runs, and has no hash."""

from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, TypeVar

Of = TypeVar("Of")
Rest = ParamSpec("Rest")
Found = TypeVar("Found")


def remembered(
    work_out: Callable[Concatenate[Of, Rest], Found],
) -> Callable[Concatenate[Of, Rest], Found]:
    """Remember what a function gave for an object of the registry and further, hashable arguments."""
    known: dict[Hashable, tuple[Of, Found]] = {}

    def ask(of: Of, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Found:
        key = (id(of), args, tuple(kwargs.items()))
        if key not in known:
            # With the object itself, so that no other one ever gets its id.
            known[key] = of, work_out(of, *args, **kwargs)
        return known[key][1]

    return ask
