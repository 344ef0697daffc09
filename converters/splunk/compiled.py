"""All rules, compiled: their searches, their macros, and what could not be said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rekey.converters.rule import Kind, Rule
from rekey.converters.splunk import exclusions
from rekey.converters.splunk.events import source_of
from rekey.converters.splunk.exclusions import NOTHING, Excluded
from rekey.converters.splunk.fields import Fields
from rekey.converters.splunk.search import (
    Search,
    exclusions_macro,
    filter_macro,
    names,
    searches,
)
from rekey.converters.splunk.unsupported import NotInSplunkError
from rekey.converters.version_lock import digest

LATE_VALUE = (
    "an event that arrives after later days were learned for its identity counts their events as "
    "earlier ones, and does not fire if its value was seen on two of them"
)
LATE_WAKING = "an event that arrives after a later day was learned for its identity does not fire"
OLD_COPY = "a second copy of an event from before the last day is an event of its own if it bears another time"
LATE_WINDOW = "an event that arrives more than an hour late no longer completes a window"


@dataclass(frozen=True)
class CompiledRule:
    """One rule for Splunk.

    Attributes:
        searches: its saved searches.
        macros: name → definition of the macros that it uses, the site's own apart.
        own_macros: name → definition of its exclusions and its filter.
        exclusions: the site's exclusions that it does not see.
    """

    rule: Rule
    searches: tuple[Search, ...]
    macros: dict[str, str]
    own_macros: dict[str, str]
    exclusions: tuple[Excluded, ...]

    @property
    def digest(self) -> str:
        """Sum up what the rule says on a site that says nothing."""
        said = [[search.role, search.spl] for search in self.searches]
        return digest([said, self.rule.title, self.rule.level, list(self.rule.tags), self.macros])

    @property
    def differences(self) -> tuple[str, ...]:
        """Say where the search says less than the Sigma original."""
        match self.rule.kind:
            case Kind.SINGLE:
                return ()
            case Kind.FIRST_SEEN:
                return (LATE_VALUE, OLD_COPY)
            case Kind.DORMANT:
                return (LATE_WAKING, OLD_COPY)
        return (LATE_WINDOW,)


@dataclass(frozen=True)
class Compiled:
    """All rules for Splunk.

    Attributes:
        rules: what could be said.
        unsupported: rule path → why it could not.
    """

    rules: tuple[CompiledRule, ...]
    unsupported: dict[str, str]


def compile_rules(rules: Iterable[Rule], excluded: Sequence[Excluded] = ()) -> Compiled:
    """Compile all rules; what SPL cannot say is listed with its reason."""
    done: list[CompiledRule] = []
    unsupported: dict[str, str] = {}
    for rule in rules:
        try:
            done.append(compile_rule(rule, [each for each in excluded if each.concerns(rule)]))
        except NotInSplunkError as error:
            unsupported[rule.path] = error.message
    return Compiled(tuple(done), unsupported)


def compile_rule(rule: Rule, excluded: Sequence[Excluded] = ()) -> CompiledRule:
    """Compile one rule.

    Raises:
        NotInSplunkError: SPL cannot say it, or an exclusion of it; the message is the reason.
    """
    looked_at = exclusions.names(excluded)
    known = Fields(source_of(rule.bases))
    made = searches(rule, looked_at)
    return CompiledRule(
        rule=rule,
        searches=made,
        macros=known.macros(sorted(names(rule) | looked_at)),
        own_macros={
            exclusions_macro(rule): exclusions.macro(rule, excluded),
            filter_macro(rule): NOTHING,
        },
        exclusions=tuple(excluded),
    )
