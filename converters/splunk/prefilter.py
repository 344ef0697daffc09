"""What every match must hold, in plain search terms: it decides which events Splunk takes from disk.

The terms are a weaker form of the condition, in which a conjunct may be left out, an alternative may
not, and nothing is said about what is negated. The exact condition follows in ``where``. Characters
that the search language or the writing of JSON may change are widened to a wildcard, so that no
value has to be quoted in a way that search reads differently.

Source: https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Search
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
)
from sigma.types import SigmaBool, SigmaString

from rekey.converters.rule import Condition
from rekey.converters.splunk.condition import arguments
from rekey.converters.splunk.quoting import argument
from rekey.converters.splunk.text_match import as_match

_WIDENED: Final = re.compile(r"[^A-Za-z0-9_.:/@+ -]+")

Names = Callable[[str], tuple[str, ...]]
"""Name of a rule's field → the fields in Splunk that may hold it; none if search must not ask for it."""


def prefilter(condition: Condition, names: Names) -> str | None:
    """Compile the search terms; ``None`` if plain terms cannot narrow the condition."""
    if isinstance(condition, ConditionNOT):
        return None
    if isinstance(condition, ConditionItem):
        return _joined(condition, names)
    known = _values(condition, names)
    return _term(known[0], [known[1]]) if known else None


def _joined(condition: ConditionItem, names: Names) -> str | None:
    parts = arguments(condition)
    if isinstance(condition, ConditionOR):
        atoms = [_values(part, names) for part in parts]
        if len({atom[0] if atom else None for atom in atoms}) == 1:
            found = [atom for atom in atoms if atom]
            return _term(found[0][0], [value for _, value in found]) if found else None
    terms = [prefilter(part, names) for part in parts]
    known = list(dict.fromkeys(term for term in terms if term))
    if isinstance(condition, ConditionAND):
        return " ".join(known) or None
    if len(known) < len(set(terms)):
        return None
    return "(" + " OR ".join(f"({term})" if " " in term else term for term in known) + ")"


def _values(condition: Condition, names: Names) -> tuple[tuple[str, ...], str] | None:
    """Fields and widened value of one comparison that plain search can make."""
    if not isinstance(condition, ConditionFieldEqualsValueExpression):
        return None
    name = names(condition.field)
    if not name:
        return None
    value = condition.value
    if isinstance(value, SigmaBool):
        return name, str(value.boolean).lower()
    if not isinstance(value, SigmaString):
        return None
    parts = (part if isinstance(part, str) else "*" for part in as_match(value).parts)
    value_term = widened("".join(parts))
    return (name, value_term) if value_term.strip("* ") else None


def widened(text: str) -> str:
    """Write a text with ``*`` in place of all that search may read in another way."""
    return re.sub(r"\*+", "*", _WIDENED.sub("*", text))


def _term(names: Sequence[str], values: Iterable[str]) -> str:
    listed = [f'"{value}"' for value in dict.fromkeys(values)]
    test = f"={listed[0]}" if len(listed) == 1 else f" IN ({', '.join(listed)})"
    terms = [f"{argument(name)}{test}" for name in names]
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"
