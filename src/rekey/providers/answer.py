"""What a provider answered, where a field that is missing is the provider's fault."""

from collections.abc import Mapping
from typing import Any

from rekey.containment.errors import ProviderError


class Answer(dict[str, Any]):
    """The fields of an answer.

    A gateway may say 200 in a provider's stead, and what it lacks then is no defect of ours: whoever
    asks for a field that is not there hears that the answer was lost.

    Args:
        fields: as they came.
        what: the call, for the message.
        lost: what is raised.
    """

    def __init__(self, fields: Mapping[str, Any], what: str, lost: type[ProviderError]) -> None:
        super().__init__(fields)
        self._what, self._lost = what, lost

    def __missing__(self, name: str) -> Any:
        """Say that it lacks a field."""
        raise self._lost(f"the answer to {self._what} lacks {name}")
