"""Why the alerts of a case are one case, in words: what they have in common."""

from dataclasses import dataclass
from typing import Final

from rekey.case import Case, TiedBy
from rekey.report.findings import Findings, every

_COMMON: Final[dict[TiedBy, tuple[str, str]]] = {
    "credential": ("credential", "acted, or issued what acted"),
    "actor": ("identity", "acted"),
    "service account": ("Kubernetes service account", "is whom the credentials speak for"),
    "pod": ("pod", "was entered, and its token acted"),
    "rule": ("rule", "found several identities"),
    "repository": ("repository", "was written to, and its workflow's token acted"),
}


@dataclass(frozen=True)
class InCommon:
    """What some findings have in common.

    Attributes:
        what: the kind of thing, in words.
        name: its name, as logged.
        how: how it comes into the findings.
        findings: their numbers.
    """

    what: str
    name: str
    how: str
    findings: str

    @property
    def where(self) -> str:
        """Name the findings: ``finding 9``, ``findings 1–2``."""
        return (
            f"finding {self.findings}" if self.findings.isdecimal() else f"findings {self.findings}"
        )


def in_common(case: Case, findings: Findings) -> list[InCommon]:
    """List what joins the findings of a case; empty where it has one alert."""
    return [
        InCommon(
            what=_COMMON[bond.by][0],
            name=bond.name,
            how=_COMMON[bond.by][1] + (f", from {bond.network}" if bond.network else ""),
            findings=every(findings.of(bond.alerts)),
        )
        for bond in case.bonds
    ]
