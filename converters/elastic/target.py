"""For whom a rule is compiled: the way of indexing and the site; and its base rules seen from there."""

from collections.abc import Iterator
from dataclasses import dataclass

from rekey.converters.elastic.compiled import Difference, of_gaps
from rekey.converters.elastic.condition import (
    Condition,
    Equals,
    Like,
    Outside,
    Unsupported,
    Within,
    from_sigma,
    tests,
)
from rekey.converters.elastic.derived import Derived
from rekey.converters.elastic.dsl import Dsl
from rekey.converters.elastic.eql import Eql
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.kql import Kql
from rekey.converters.elastic.schema import Indexed, Schema
from rekey.converters.elastic.sight import louder, see
from rekey.converters.registry import Expression, LogSourceFields, placeholders
from rekey.converters.rule import BaseRule, Rule
from rekey.site import Site


@dataclass(frozen=True)
class Seen:
    """A base rule's condition as a language sees it."""

    condition: Condition
    reading: str
    fields: frozenset[tuple[str, str]]
    differences: frozenset[Difference]


@dataclass(frozen=True)
class Target:
    """A way of indexing and a site."""

    schema: Schema
    site: Site
    suppress: bool = False
    """Use alert suppression, which needs a paid licence."""

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

        Raises:
            Unsupported: nothing is left to search for.
        """
        computes = isinstance(language, Esql)
        condition = from_sigma(base.condition)
        refuse_louder(condition, language)
        expanded = Derived(base.source, self.site, computes).expand(condition)
        found = see(expanded, language.blindness)
        used = frozenset(self.indexed(base.source, found.condition))
        differences = of_gaps(found.gaps) | set(self._differences(base.source, found.condition))
        if isinstance(language, Dsl):
            differences |= set(_case(found.condition))
        reading = Kql(base.source, self.schema).text(found.condition)
        return Seen(found.condition, reading, used, frozenset(differences))

    def delivered_twice(self, rule: Rule) -> set[Difference]:
        """Declare that copies of a record are documents of their own, where they are."""
        named = all(self.schema.names_documents(base.source) for base in rule.bases)
        return set() if named else {Difference("delivered_twice")}

    def refused(self, base: BaseRule, query: str) -> set[Difference]:
        """Declare the fields without which a query is refused, where perhaps no index maps them."""
        names = self.schema.unmapped(base.source, query)
        return {Difference("refused_until_seen", name) for name in names}

    def indexed(self, source: LogSourceFields, condition: Condition) -> Iterator[tuple[str, str]]:
        """Yield the indexed fields that a condition reads."""
        for test in tests(condition):
            for field in self.behind(source, test.field):
                if isinstance(test, Within | Outside) and field.address:
                    yield field.address, "ip"
                else:
                    yield field.name, field.type

    def behind(self, source: LogSourceFields, name: str) -> Iterator[Indexed]:
        """Yield the indexed fields on which a raw or derived field rests."""
        if name in source.fields:
            field = self.schema.field(source, name)
            if field:
                yield field
            return
        if name == "origin.network":
            yield from self.behind(source, "origin.ip")
            return
        known = source.derived.get(name) or source.roles.get(name) or ()
        if isinstance(known, Expression):
            known = tuple(placeholders(known.elastic)) if isinstance(known.elastic, str) else ()
        for part in known:
            yield from self.behind(source, part)

    def _differences(self, source: LogSourceFields, condition: Condition) -> Iterator[Difference]:
        for test in tests(condition):
            for field in self.behind(source, test.field):
                if field.type == "flattened" and field.text and isinstance(test, Like):
                    yield Difference("text_of_object", field.name)
                if field.type == "text" and isinstance(test, Equals | Like):
                    yield Difference("analysed_text", field.name)


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
