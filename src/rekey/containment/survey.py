"""What a survey found, and what it could not look at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

_NAMED: Final = 10
"""Findings that an answer names; all of them stand in the evidence."""


@dataclass(frozen=True)
class Finding:
    """Something that may have been left behind, until somebody explains it.

    Attributes:
        id: by which ``rekey contain explain`` names it; the same whenever it is found again, and
            never a secret: a key's id, ``clusterrolebindings/owned``, ``event ID``.
        what: in words, with the identity that it belongs to.
        by: who made it, where that is known.
        ids: ids of credentials and identities that it is about; it is explained if the plan
            contains all of them.
    """

    id: str
    what: str
    by: str | None = None
    ids: frozenset[str] = frozenset()

    def explained(self, known: Collection[str]) -> bool:
        """Say whether it, or all that it is about, is known."""
        return self.id in known or (bool(self.ids) and self.ids <= set(known))

    def document(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return {"id": self.id, "what": self.what, "by": self.by, "ids": sorted(self.ids)}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read it from plain JSON."""
        ids = frozenset(map(str, document["ids"]))
        return cls(str(document["id"]), str(document["what"]), document["by"], ids)

    def __str__(self) -> str:
        named = self.what if self.id in self.what else f"{self.what} [{self.id}]"
        return f"{named} by {self.by}" if self.by else named


@dataclass(frozen=True)
class Survey:
    """What was found, and which lists could not be asked for, each with its reason."""

    findings: Sequence[Finding]
    not_asked: Sequence[str] = ()

    def state(self) -> dict[str, Any]:
        """Give it as evidence."""
        return {
            "findings": [one.document() for one in self.findings],
            "not_asked": list(self.not_asked),
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """Read it from evidence."""
        return cls([Finding.of(one) for one in state["findings"]], list(state["not_asked"]))

    def answer(self, known: Collection[str]) -> tuple[str, bool | None]:
        """Say in words what is unexplained, and whether the survey holds.

        ``None``: nothing was found, and not everything was asked.
        """
        open_ = [one for one in self.findings if not one.explained(known)]
        if open_:
            more = f" and {len(open_) - _NAMED} more" if len(open_) > _NAMED else ""
            return f"unexplained: {', '.join(map(str, open_[:_NAMED]))}{more}", False
        if self.not_asked:
            return f"nothing; not asked: {', '.join(self.not_asked)}", None
        return "nothing", True
