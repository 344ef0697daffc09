"""For whom a rule is compiled: the way of indexing and the site; and its base rules seen from there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rekey.converters.elastic.compiled import Difference, Reading, of_gaps
from rekey.converters.elastic.condition import (
    Condition,
    Equals,
    Like,
    Test,
    Unsupported,
    all_of,
    from_sigma,
    tests,
)
from rekey.converters.elastic.derived import Derived
from rekey.converters.elastic.dsl import Dsl, is_prefix
from rekey.converters.elastic.eql import Eql
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.exclusions import Exclusion
from rekey.converters.elastic.kql import Kql
from rekey.converters.elastic.long_values import or_too_long, too_long
from rekey.converters.elastic.raw_fields import raw_fields
from rekey.converters.elastic.required import needed
from rekey.converters.elastic.schedule import Schedule, schedule
from rekey.converters.elastic.schema import Indexed, Schema
from rekey.converters.elastic.sight import louder, quieter, see
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import BaseRule, Kind, Rule
from rekey.site import Site


@dataclass(frozen=True)
class Seen:
    """A base rule's condition as a language sees it."""

    condition: Condition
    reading: Reading
    differences: frozenset[Difference]


@dataclass(frozen=True)
class Target:
    """A way of indexing and a site."""

    schema: Schema
    site: Site
    suppress: bool = False
    """Use alert suppression, which needs a paid licence."""
    exclusions: tuple[Exclusion, ...] = ()

    def dsl(self, base: BaseRule) -> Dsl:
        """Give the query DSL of a base rule's source."""
        return Dsl(base.source, self.schema)

    def esql(self, base: BaseRule) -> Esql:
        """Give the ES|QL of a base rule's source."""
        return Esql(base.source, self.schema, self.site)

    def eql(self, base: BaseRule) -> Eql:
        """Give the EQL of a base rule's source."""
        return Eql(base.source, self.schema)

    def seen(self, base: BaseRule, language: Dsl | Esql | Eql) -> Seen:
        """Expand a base rule's condition and fold what a language cannot see of it.

        The site's exclusions are part of it, but for EQL, which compares no moments: there they are
        filters of the rule (:meth:`not_excluded`).

        Raises:
            Unsupported: nothing is left to search for.
        """
        computes = isinstance(language, Esql)
        condition = from_sigma(base.condition)
        if not isinstance(language, Eql):
            condition = all_of((condition, self.not_excluded(base)))
        refuse_louder(condition, language)
        lost = {Difference("in_part", gap.field) for gap in quieter(condition, language.blindness)}
        expanded = Derived(base.source, self.site, computes).expand(condition)
        found = see(expanded, language.blindness)
        seen = or_too_long(found.condition, base.source, self.schema)
        differences = (
            lost | of_gaps(found.gaps) | set(self._differences(base.source, seen, language))
        )
        if isinstance(language, Dsl):
            differences |= set(_case(seen))
        return Seen(seen, self._reading(base.source, seen, language), frozenset(differences))

    def _reading(
        self, source: LogSourceFields, condition: Condition, language: Dsl | Esql | Eql
    ) -> Reading:
        kql = Kql(source, self.schema)
        if isinstance(language, Esql) and not kql.can_find(condition):
            indices = ", ".join(self.schema.index(source))
            return Reading("ES|QL", f"FROM {indices}\n| WHERE {language.text(condition)}")
        return Reading("KQL", kql.text(condition))

    def not_excluded(self, base: BaseRule) -> Condition:
        """Give the condition under which no exclusion of the site keeps an event from a base rule."""
        return all_of(each.passes(base) for each in self.exclusions if each.concerns(base))

    def by_arrival(self, rule: Rule) -> bool:
        """Say whether a rule goes by when events arrived.

        Single events do, so that late ones are seen; what counts or compares goes by the events' own
        time, so that a backfill does not look like a burst.
        """
        return rule.kind is Kind.SINGLE and self.schema.arrival is not None

    def schedule(self, rule: Rule) -> Schedule:
        """Plan the runs of a rule."""
        return schedule(rule, by_arrival=self.by_arrival(rule))

    def late(self, rule: Rule) -> set[Difference]:
        """Declare how late an event may come to be seen."""
        delay = self.schedule(rule).delay // 60
        return set() if self.by_arrival(rule) else {Difference("late", f"{delay} minutes")}

    def delivered_twice(self, rule: Rule) -> set[Difference]:
        """Declare that copies of a record are documents of their own, where they are."""
        named = all(self.schema.names_documents(base.source) for base in rule.bases)
        return set() if named else {Difference("delivered_twice")}

    def refused(self, base: BaseRule, query: str) -> set[Difference]:
        """Declare the fields without which a query is refused, where perhaps no index maps them."""
        fields = (self.schema.field(base.source, raw) for raw in base.source.fields)
        optional = {field.name for field in fields if field and field.optional}
        return {Difference("refused_until_seen", name) for name in needed(optional, query)}

    def behind(self, source: LogSourceFields, name: str) -> Iterator[Indexed]:
        """Yield the indexed fields on which a raw or derived field rests."""
        for raw in raw_fields(source, name):
            if field := self.schema.field(source, raw):
                yield field

    def lengths(self, source: LogSourceFields, names: Iterable[str]) -> set[Difference]:
        """Declare which values that are grouped by or counted may be too long; for ES|QL and EQL."""
        raws = [raw for name in names for raw in raw_fields(source, name)]
        return set(too_long(raws, source, self.schema, as_text=True))

    def _differences(
        self, source: LogSourceFields, condition: Condition, language: Dsl | Esql | Eql
    ) -> Iterator[Difference]:
        for test in tests(condition):
            raws = list(raw_fields(source, test.field))
            as_text = not isinstance(language, Dsl) or _in_text(test)
            yield from too_long(raws, source, self.schema, as_text=as_text)
            for field in self.behind(source, test.field):
                if field.type == "flattened" and field.text and isinstance(test, Like):
                    yield Difference("text_of_object", field.name)
                if field.type == "text" and isinstance(test, Equals | Like):
                    yield Difference("analysed_text", field.name)


def _in_text(test: Test) -> bool:
    """Say whether query DSL looks for a part of an object in the object's text."""
    return isinstance(test, Like) and len(test.parts) > 1 and not is_prefix(test.parts)


def refuse_louder(condition: Condition, language: Dsl | Esql | Eql) -> None:
    """Refuse a condition that would let more through than it says.

    That is asked of the fields that the rule itself names. What derived fields cannot see, the
    registry says for all rules.

    Raises:
        Unsupported: a filter of the rule cannot be searched.
    """
    gaps = sorted(set(louder(condition, language.blindness)))
    if gaps:
        reasons = "; ".join(f"{gap.field}: {gap.reason}" for gap in gaps)
        raise Unsupported(
            f"would be louder than it is, because a filter cannot be searched ({reasons})"
        )


def _case(condition: Condition) -> Iterator[Difference]:
    for test in tests(condition):
        if isinstance(test, Equals | Like):
            parts = (test.value,) if isinstance(test, Equals) else test.parts
            if any(isinstance(part, str) and not part.isascii() for part in parts):
                yield Difference("case", test.field)


def only_source(rule: Rule) -> LogSourceFields:
    """Give the one log source of a rule.

    Raises:
        Unsupported: it reads several.
    """
    names = {base.source.name for base in rule.bases}
    if len(names) > 1:
        raise Unsupported(f"reads several log sources ({', '.join(sorted(names))})")
    return rule.bases[0].source
