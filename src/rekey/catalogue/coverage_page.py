"""Coverage as a page: which technique, risk and category has which rules, and which engine says them."""

from collections.abc import Iterator, Sequence
from typing import Final

from rekey.catalogue.coverage import Coverage, Entry
from rekey.catalogue.engines import Engine
from rekey.catalogue.words import GENERATED, code, plain
from rekey.converters.lint import tables

INTRODUCTION: Final = """\
What {count} rules cover, by their tags. The number of rules says where somebody looked, not how well:
each rule's page says how an attacker slips past it.

[attack-navigator.json](attack-navigator.json) is a layer for the
[ATT&CK Navigator](https://mitre-attack.github.io/attack-navigator/) (*Open Existing Layer*). A technique
counts for those of its tactics that a rule names beside it."""


def coverage_page(coverage: Coverage, *, rules: str | None = None) -> str:
    """Write the page.

    Args:
        coverage: what is covered.
        rules: the folder of the rules' pages as seen from this page; ``None`` for no links.
    """
    page = _Page(coverage, rules)
    parts = [
        "# Coverage",
        GENERATED if rules else "",
        INTRODUCTION.format(count=len(coverage.rules)),
        f"## Log sources and engines\n\n{page.engines()}",
        *page.unsupported(),
        f"## MITRE ATT&CK\n\n{page.attack()}",
        _without_rules(coverage),
        f"## OWASP Non-Human Identities Top 10, 2025\n\n{page.entries(coverage.owasp_nhi)}",
        f"## NIST Cybersecurity Framework 2.0\n\n{page.entries(coverage.csf)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _without_rules(coverage: Coverage) -> str:
    named = {entry.tactic for entry in coverage.attack}
    left = [tactic.replace("-", " ") for tactic in tables.tactics() if tactic not in named]
    return f"Tactics without a rule: {', '.join(left)}." if left else ""


class _Page:
    """The tables, which all name rules in one way and have a column for each log source."""

    def __init__(self, coverage: Coverage, folder: str | None) -> None:
        self._coverage = coverage
        self._folder = folder

    def engines(self) -> str:
        """Count what each engine says, of the rules that read a source."""
        cells = {(cell.source, cell.engine): cell for cell in self._coverage.engines}
        return _table(
            ["log source", "rules", *Engine],
            (
                [
                    source,
                    sum(source in titles for titles in self._coverage.rules.values()),
                    *(len(cells[source, engine].compiled) for engine in Engine),
                ]
                for source in self._coverage.sources
            ),
        )

    def unsupported(self) -> Iterator[str]:
        """Say why some rules are missing in an engine."""
        for engine in Engine:
            reasons = {
                path: reason
                for cell in self._coverage.engines
                if cell.engine is engine
                for path, reason in cell.unsupported.items()
            }
            if reasons:
                lines = (f"- {self._rule(p)}: {plain(reasons[p])}" for p in sorted(reasons))
                yield f"### Not in {engine}\n\n" + "\n".join(lines)

    def attack(self) -> str:
        """List the techniques under their tactics."""
        return _table(
            ["tactic", "technique", *self._coverage.sources, "rules"],
            (
                [
                    entry.tactic.replace("-", " "),
                    f"{entry.id} {plain(entry.name)}",
                    *self._row(entry),
                ]
                for entry in self._coverage.attack
            ),
        )

    def entries(self, entries: Sequence[Entry]) -> str:
        """List the entries of another framework, also those without rules."""
        return _table(
            ["", *self._coverage.sources, "rules"],
            ([f"{entry.id} {plain(entry.name)}", *self._row(entry)] for entry in entries),
        )

    def _row(self, entry: Entry) -> Iterator[object]:
        """Count the rules of an entry for each source, and name them."""
        for source in self._coverage.sources:
            yield sum(source in self._coverage.rules[path] for path in entry.rules) or ""
        yield ", ".join(map(self._rule, entry.rules)) or "none"

    def _rule(self, path: str) -> str:
        return f"[{path}]({self._folder}/{path}.md)" if self._folder else code(path)


def _table(heads: Sequence[object], rows: Iterator[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
