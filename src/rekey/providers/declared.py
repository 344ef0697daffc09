"""What a site says about one connection, in its settings file."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rekey.containment.target import Facts, Target
from rekey.errors import RekeyError
from rekey.site.model import glob

Text = Annotated[str, Field(min_length=1)]


class Declared(BaseModel):
    """Options that every provider takes.

    Attributes:
        names: further names of the scope.
        consumers: glob over names of identities → workloads that read their credentials. Without
            it nobody knows, and a plan needs the approvers that the unknown asks for.
        production: globs over names of identities in production; without it, nobody knows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Text, ...] = ()
    consumers: dict[Text, tuple[Text, ...]] | None = None
    production: tuple[Text, ...] | None = None

    def dependents(self, target: Target) -> tuple[str, ...] | None:
        """Give the workloads that read this target's credential; ``None``: nobody said."""
        if self.consumers is None:
            return None
        found = [one for pattern, own in self.consumers.items() if _fits(pattern, target)
                 for one in own]  # fmt: skip
        return tuple(dict.fromkeys(found))

    def in_production(self, target: Target) -> bool | None:
        """Say whether the target is in production; ``None``: nobody said."""
        if self.production is None:
            return None
        return any(_fits(pattern, target) for pattern in self.production)


def _fits(pattern: str, target: Target) -> bool:
    return any(glob(pattern).fullmatch(name) for name in target.names())


Options = TypeVar("Options", bound=BaseModel)


def read_options(model: type[Options], provider: str, options: Facts) -> Options:
    """Check the options of a connection or store.

    Raises:
        RekeyError: an option is unknown, missing or wrong; says which.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "options"
        raise RekeyError(
            f"option {where} of {provider}: {first['msg']}", hint="docs/providers.md lists them."
        ) from error
