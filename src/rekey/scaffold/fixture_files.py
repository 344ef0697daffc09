"""The fixtures of a new rule: what the standard asks for, and a near miss for each condition."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rekey.converters.registry import LogSourceFields, registry
from rekey.fixtures.provenance import Provenance
from rekey.scaffold.acts import Acts
from rekey.scaffold.fields import leaf, set_field
from rekey.scaffold.sample import Sample
from rekey.scaffold.stories import SINGLE, STORIES, Lines, Story

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class FixtureFile:
    """One file to be written, and where it comes from."""

    name: str
    lines: Lines
    provenance: Provenance


def fixture_files(kind: str, sample: Sample) -> list[FixtureFile]:
    """Write every fixture of a kind of rule."""
    source = registry()[f"{sample.product}_{sample.service}"]
    fixtures = _Fixtures(STORIES.get(kind, SINGLE), sample, source)
    told = Provenance(kind="synthetic", source=sample.reference)
    files = fixtures.every_kind() | (fixtures.stateful() if kind in STORIES else {})
    made = [FixtureFile(f"{name}.ndjson", lines, told) for name, lines in files.items()]
    return [*made, *fixtures.near_misses()]


@dataclass(frozen=True)
class _Fixtures:
    """Tells one story in all the ways that show where it begins and ends."""

    story: Story
    sample: Sample
    source: LogSourceFields

    def _acts(self, **fixed: Any) -> Acts:
        return Acts(self.sample, self.source, fixed)

    def _usual(self, **fixed: Any) -> Lines:
        return self.story.tell(self._acts(**fixed), self.story.usual)

    def every_kind(self) -> dict[str, Lines]:
        """What rules of every kind have."""
        tool = self.sample.tool
        return {"match": self._usual(), "automation": self._usual(**{tool.field: tool.value})}

    def stateful(self) -> dict[str, Lines]:
        """What rules over several events have besides."""
        story = self.story
        within = story.edge if story.edge_matches else story.edge + _SECOND
        beyond = story.edge + _SECOND if story.edge_matches else story.edge
        files = {
            "match_boundary": story.at_edge(self._acts(), within),
            "ignore_boundary": story.at_edge(self._acts(), beyond),
            "match_out_of_order": self._usual()[::-1],
            "ignore_duplicate": story.repeated(self._acts()),
            "ignore_null_key": self._usual(**{self.sample.group: None}),
        }
        if story.too_young:
            files["ignore_maturity"] = story.too_young(self._acts())
        return files

    def near_misses(self) -> Iterator[FixtureFile]:
        """Tell the story with one field of one record changed, so that it does not match."""
        sample = self.sample
        field, value = self.story.miss(sample)
        yield self._near_miss("ignore", -1, field, value)
        turns = {**sample.misses, sample.tool.field: sample.tool.value}
        for position in self.story.needed:
            for other, another in turns.items():
                if (position, other) != (-1, field):
                    name = f"ignore_{'first_' if position == 0 else ''}{leaf(other)}"
                    yield self._near_miss(name, position, other, another)

    def _near_miss(self, name: str, position: int, field: str, value: Any) -> FixtureFile:
        lines = self._usual()
        set_field(lines[position], field, value)
        told = Provenance(kind="mutated", source="match.ndjson", differs_in=(field,))
        return FixtureFile(f"{name}.ndjson", lines, told)
