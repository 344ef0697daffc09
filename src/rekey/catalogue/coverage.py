"""What a set of rules covers: techniques, risks, categories, log sources and engines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rekey.catalogue.engines import Engine, Outcomes, Refused, outcomes
from rekey.catalogue.words import tags
from rekey.converters.lint import tables
from rekey.converters.lint.rule_file import RuleFile, read_rule_file


@dataclass(frozen=True)
class Entry:
    """One entry of a framework, with the paths of the rules that are tagged with it."""

    id: str
    name: str
    rules: tuple[str, ...]
    tactic: str = ""
    """ATT&CK only: the tactic in whose column it stands, as tags name it."""


@dataclass(frozen=True)
class Cell:
    """The rules that read one log source, in one engine."""

    source: str
    """Title of the log source."""
    engine: Engine
    compiled: tuple[str, ...]
    unsupported: Mapping[str, str]
    """Rule path → why the engine cannot say it."""


@dataclass(frozen=True)
class Coverage:
    """What rules cover.

    Attributes:
        rules: rule path → titles of the log sources that it reads.
        attack: techniques that some rule is tagged with, by tactic.
        owasp_nhi: all risks.
        csf: all categories.
        engines: log source × engine.
    """

    rules: Mapping[str, tuple[str, ...]]
    attack: tuple[Entry, ...]
    owasp_nhi: tuple[Entry, ...]
    csf: tuple[Entry, ...]
    engines: tuple[Cell, ...]

    @property
    def sources(self) -> list[str]:
        """Titles of the log sources, sorted."""
        return sorted({source for sources in self.rules.values() for source in sources})


def coverage_of(files: Mapping[str, Path]) -> Coverage:
    """Read and compile rules, by path, and sum up what they cover.

    Raises:
        RekeyError: a rule cannot be read or does not compile.
    """
    rules = [read_rule_file(path, file) for path, file in files.items()]
    return coverage(rules, outcomes(files.values()))


def coverage(rules: Sequence[RuleFile], made: Mapping[str, Outcomes]) -> Coverage:
    """Sum up what rules cover, by their tags and what the engines make of them."""
    sources = {rule.path: tuple(source.title for source in rule.sources) for rule in rules}
    return Coverage(
        rules=sources,
        attack=tuple(_attack(rules)),
        owasp_nhi=tuple(_entries(rules, "owasp-nhi", tables.names("owasp_nhi"))),
        csf=tuple(_entries(rules, "csf", tables.names("csf"))),
        engines=tuple(_cells(sources, made)),
    )


def _attack(rules: Sequence[RuleFile]) -> Iterator[Entry]:
    """Yield each technique under those of its tactics that the rules name beside it."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        named = set(tags(rule, "attack"))
        for technique in named & tables.techniques().keys():
            possible = tables.techniques()[technique][1]
            for tactic in possible & named or possible:
                found.setdefault((tactic, technique), []).append(rule.path)
    order = list(tables.tactics())
    for tactic, technique in sorted(found, key=lambda key: (order.index(key[0]), key[1])):
        name, paths = tables.techniques()[technique][0], found[tactic, technique]
        yield Entry(technique.upper(), name, tuple(paths), tactic)


def _entries(
    rules: Sequence[RuleFile], namespace: str, names: Mapping[str, str]
) -> Iterator[Entry]:
    for each, name in names.items():
        tagged = (rule.path for rule in rules if each in tags(rule, namespace))
        yield Entry(each.upper(), name, tuple(tagged))


def _cells(sources: Mapping[str, Iterable[str]], made: Mapping[str, Outcomes]) -> Iterator[Cell]:
    for source in sorted({title for titles in sources.values() for title in titles}):
        paths = [path for path, titles in sources.items() if source in titles]
        for engine in Engine:
            told = {path: made[path][engine] for path in paths}
            refused = {p: o.reason for p, o in told.items() if isinstance(o, Refused)}
            yield Cell(source, engine, tuple(p for p in paths if p not in refused), refused)
