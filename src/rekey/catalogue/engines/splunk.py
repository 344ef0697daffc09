"""A rule in Splunk: the search that detects, and the names of those that learn for it."""

from collections.abc import Mapping
from typing import Final

from rekey.catalogue.engines.interface import Outcome, Refused, Said, Text
from rekey.catalogue.words import code
from rekey.converters.rule import Rule
from rekey.converters.splunk.compiled import compile_rule
from rekey.converters.splunk.search import Role, Search
from rekey.converters.splunk.stanzas import name
from rekey.converters.splunk.unsupported import NotInSplunkError

PURPOSE: Final[Mapping[Role, str]] = {
    Role.LEARN: "writes down what was seen",
    Role.SEED: "learns the last 90 days, once, by hand",
    Role.PRUNE: "forgets what was not seen for long",
}
_MACROS: Final = "Backquoted names in it are macros of the app."


def in_splunk(rule: Rule) -> Outcome:
    """Compile a rule."""
    try:
        compiled = compile_rule(rule)
    except NotInSplunkError as error:
        return Refused(error.message)
    detector, *companions = compiled.searches
    return Said(
        form="Scheduled search",
        query=Text("spl", detector.spl),
        notes=(f"Saved search {code(name(detector))}{_companions(companions)}.", _MACROS),
        differences=compiled.differences,
    )


def _companions(searches: list[Search]) -> str:
    if not searches:
        return ""
    told = (f"{code(name(search))} ({PURPOSE[search.role]})" for search in searches)
    return f", which needs {', '.join(told)}"
