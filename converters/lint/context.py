"""What a rule is held against besides itself: the other rules, playbooks and fixtures."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rekey.pack import Pack


@dataclass(frozen=True)
class Context:
    """Everything that a check may look up; built once for a run."""

    packs: tuple[Pack, ...]
    rules: frozenset[str]
    """Paths of all rules of all packs."""
    playbooks: frozenset[str]

    def fixture_folder(self, rule_file: Path) -> Path:
        """Give the fixture folder of a rule file: that of its own pack."""
        rules = rule_file.resolve().parent.parent
        for pack in self.packs:
            if pack.rules.resolve() == rules:
                return pack.fixture_folder(f"{rule_file.parent.name}/{rule_file.stem}")
        return rules.parent / "fixtures" / rule_file.parent.name / rule_file.stem


def context_of(packs: Iterable[Pack]) -> Context:
    """List what the packs hold."""
    packs = tuple(packs)
    return Context(
        packs=packs,
        rules=frozenset(path for pack in packs for path in pack.rule_files()),
        playbooks=frozenset(file.stem for pack in packs for file in pack.playbooks.glob("*.yml")),
    )
