"""MITRE ATT&CK blocks of a Kibana rule, from its tags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SITE: Final = "https://attack.mitre.org"
_TAG: Final = "attack."


@dataclass(frozen=True)
class Attack:
    """The names of ATT&CK, as the frozen table has them."""

    tactics: Mapping[str, str]
    """Tag name (``credential-access``) → id."""
    techniques: Mapping[str, tuple[str, frozenset[str]]]
    """Tag name (``t1552.005``) → name and tactics."""

    def threat(self, tags: Sequence[str]) -> list[dict[str, Any]]:
        """Write one block for each tactic, with those of the techniques that serve it."""
        names = [tag.removeprefix(_TAG) for tag in tags if tag.startswith(_TAG)]
        found = [name for name in names if name in self.techniques]
        return [
            {
                "framework": "MITRE ATT&CK",
                "tactic": _entry(self.tactics[tactic], tactic.replace("-", " ").title(), "tactics"),
                "technique": self._techniques(
                    [name for name in found if tactic in self.techniques[name][1]]
                ),
            }
            for tactic in names
            if tactic in self.tactics
        ]

    def _techniques(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Write techniques with their sub-techniques below them."""
        made = {}
        for name in sorted({name.split(".")[0] for name in names}):
            made[name] = _entry(name.upper(), self._name(name), "techniques") | {"subtechnique": []}
        for name in sorted(name for name in names if "." in name):
            parent, _ = name.split(".")
            entry = _entry(name.upper(), self._name(name), "techniques")
            made[parent]["subtechnique"].append(entry)
        return list(made.values())

    def _name(self, technique: str) -> str:
        return self.techniques[technique][0] if technique in self.techniques else technique.upper()


def _entry(number: str, name: str, kind: str) -> dict[str, Any]:
    reference = f"{SITE}/{kind}/{number.replace('.', '/')}/"
    return {"id": number, "name": name, "reference": reference}
