"""What a rule asks of an event: the fields, derived fields and roles that it looks at."""

from collections.abc import Iterable
from typing import Final

from rekey.converters.duckdb.condition import fields
from rekey.converters.duckdb.layout import is_known, raw_fields
from rekey.converters.registry import COMMON_DERIVED, LogSourceFields
from rekey.converters.rule import BaseRule, Kind, Rule
from rekey.errors import Place, RekeyError

SINGLE_KEYS: Final = ("actor.id", "credential.id")
"""Matches of a single-event rule are folded by these."""


def keys_of(rule: Rule, base: BaseRule) -> tuple[str, ...]:
    """Give the names by which a base rule's events are grouped."""
    return SINGLE_KEYS if rule.kind is Kind.SINGLE else rule.group_fields(base)


def value_of(rule: Rule) -> str | None:
    """Give the name whose values a rule counts or learns."""
    return rule.correlation.field if rule.correlation else None


def names_of(rule: Rule, base: BaseRule) -> frozenset[str]:
    """Every field, derived field and role that a base rule needs.

    Raises:
        RekeyError: the registry does not know one of them.
    """
    value = value_of(rule)
    needed = fields(base.condition) | set(keys_of(rule, base)) | ({value} if value else set())
    for each in sorted(needed):
        if each not in SINGLE_KEYS and not is_known(base.source, each):
            raise RekeyError(
                f"names the field {each}, which {base.source.name} does not have",
                place=Place(rule.file),
                hint=f"Its fields are listed in converters/fields/{base.source.name}.yml.",
            )
    return frozenset(needed)


def behind(source: LogSourceFields, each: str) -> set[str]:
    """Give a name, and all names on which it rests."""
    return {each, plain_of(each), *raw_fields(source, each)}


def plain_of(each: str) -> str:
    """Give the name that stands in a log for one that only a look-up tells."""
    return "origin.ip" if each in COMMON_DERIVED else each


def never(source: LogSourceFields, each: str) -> str | None:
    """Give what a name rests on that the source never logs, as its capability calls it."""
    return next(iter(sorted(_among(source, each, source.capability.never))), None)


def unsure(source: LogSourceFields, each: str) -> str | None:
    """Give what a name rests on that the source logs under a setting only."""
    return next(iter(sorted(_among(source, each, source.capability.conditional))), None)


def _among(source: LogSourceFields, each: str, told: Iterable[str]) -> set[str]:
    """Give the entries that are about a name, or about an object around it."""
    names = behind(source, each)
    return {key for key in told for name in names if name == key or name.startswith(f"{key}.")}
