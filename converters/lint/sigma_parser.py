"""RK103 and RK203: what pySigma says of a rule, and what only its parsed conditions show."""

import copy
from collections.abc import Iterator

from sigma.collection import SigmaCollection
from sigma.conditions import ConditionOR
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.types import SigmaFieldReference

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import Part, RuleFile
from rekey.converters.ruleset import UNEXPECTED_SHAPES


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Parse with pySigma, and look for field references under OR."""
    sound = True
    for part in rule.parts:
        for finding in _part(part):
            sound = False
            yield finding
    if sound and rule.correlations:
        try:
            SigmaCollection.from_dicts([copy.deepcopy(part.data) for part in rule.parts])
        except (SigmaError, *UNEXPECTED_SHAPES) as error:
            yield _refused(rule.head, error)


def _part(part: Part) -> Iterator[Finding]:
    try:
        collection = SigmaCollection.from_dicts(
            [copy.deepcopy(part.data)], collect_errors=True, resolve_references=False
        )
        yield from (_refused(part, error) for error in collection.errors)
        for rule in collection.rules:
            if isinstance(rule, SigmaRule) and not rule.errors:
                yield from _field_references(rule, part)
    except (SigmaError, *UNEXPECTED_SHAPES) as error:
        yield _refused(part, error)


def _refused(part: Part, error: Exception) -> Finding:
    text = "a value is of a shape that Sigma does not know"
    if isinstance(error, SigmaError):
        text = str(error).split("\n")[0].removesuffix(".")
    return Finding("RK103", part.place(), f"pySigma: {text}")


def _field_references(rule: SigmaRule, part: Part) -> Iterator[Finding]:
    for condition in rule.detection.parsed_condition:
        if _reference_under_or(condition.parsed, under_or=False):
            yield Finding("RK203", part.place("detection"), "compares two fields under OR")


def _reference_under_or(node: object, *, under_or: bool) -> bool:
    if isinstance(getattr(node, "value", None), SigmaFieldReference):
        return under_or
    inner = under_or or isinstance(node, ConditionOR)
    return any(_reference_under_or(arg, under_or=inner) for arg in getattr(node, "args", ()))
