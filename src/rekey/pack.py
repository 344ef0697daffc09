"""A pack: a folder with rules, their fixtures and playbooks. The product ships one."""

from dataclasses import dataclass
from pathlib import Path

from rekey.content import content
from rekey.errors import Place, RekeyError


@dataclass(frozen=True, slots=True)
class Pack:
    """Where the three rooms of a pack are."""

    rules: Path
    fixtures: Path
    playbooks: Path

    def rule_files(self) -> dict[str, Path]:
        """List the rules by path (``<product>/<rule>``), sorted; filters are no rules."""
        return {
            f"{file.parent.name}/{file.stem}": file
            for file in sorted(self.rules.glob("*/*.yml"))
            if file.parent.name != "filters"
        }

    def fixture_folder(self, rule: str) -> Path:
        """Give the folder of a rule's fixtures, whether it exists or not."""
        return self.fixtures / rule


def shipped_pack() -> Pack:
    """Give the pack that travels with the product."""
    return Pack(content("rules"), content("fixtures"), content("playbooks"))


def user_pack(folder: Path) -> Pack:
    """Give the pack in a user's folder.

    Raises:
        RekeyError: the folder holds no ``rules``.
    """
    if not (folder / "rules").is_dir():
        raise RekeyError(
            "is no pack: it holds no folder 'rules'",
            place=Place(folder),
            hint="A pack has the layout rules/<product>/<rule>.yml and fixtures/<product>/<rule>/. "
            "`rekey rules new --pack DIR <product>/<rule>` makes one.",
        )
    return Pack(folder / "rules", folder / "fixtures", folder / "playbooks")
