"""All rules of a pack in all engines."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from rekey.catalogue.engines.duckdb import in_duckdb
from rekey.catalogue.engines.elastic import in_elastic
from rekey.catalogue.engines.interface import Engine, Outcome
from rekey.catalogue.engines.splunk import in_splunk
from rekey.converters.rule import Rule
from rekey.converters.ruleset import load_rules
from rekey.errors import Place, RekeyError

Outcomes = Mapping[Engine, Outcome]


def outcomes(files: Iterable[Path]) -> dict[str, Outcomes]:
    """Compile rules for every engine and a site that says nothing, by path.

    Raises:
        RekeyError: a file holds no rule, or one that no engine can compile; with the file.
    """
    return {rule.path: _outcomes(rule) for rule in _readable(files)}


def _readable(files: Iterable[Path]) -> tuple[Rule, ...]:
    try:
        return load_rules(files).rules
    except RekeyError as error:
        raise _broken(error, error.place) from error


def _outcomes(rule: Rule) -> Outcomes:
    try:
        return {
            Engine.DUCKDB: in_duckdb(rule),
            Engine.SPLUNK: in_splunk(rule),
            Engine.ELASTIC_ECS: in_elastic(rule, "ecs"),
            Engine.ELASTIC_RAW: in_elastic(rule, "raw"),
        }
    except RekeyError as error:
        raise _broken(error, error.place or Place(rule.file)) from error


def _broken(error: RekeyError, place: Place | None) -> RekeyError:
    """Lead to the command that names line and reason of everything that is wrong."""
    hint = "`rekey rules check` says all that is wrong with it, and on which line."
    return RekeyError(
        f"does not compile, so that nothing can be written about it: {error.message}",
        place=place,
        hint=f"{error.hint} {hint}" if error.hint else hint,
    )
