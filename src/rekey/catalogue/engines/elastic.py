"""A rule in Elastic Security: its type, its query as text, and what Kibana keeps beside the query."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, Literal

from rekey.catalogue.engines.interface import Outcome, Refused, Said, Text
from rekey.catalogue.words import code
from rekey.converters.elastic.compile_rule import compile_rule
from rekey.converters.elastic.compiled import MEANING, Difference
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.schedule import schedule
from rekey.converters.elastic.schema import Schema
from rekey.converters.elastic.target import Target
from rekey.converters.rule import Rule
from rekey.site import Site

FORMS: Final[Mapping[str, str]] = {
    "query": "Custom query",
    "threshold": "Threshold",
    "eql": "Event correlation (EQL)",
    "esql": "ES|QL",
}
_KQL: Final = "Each line of the query is one filter of the rule. Those ignore case; KQL does not."


def in_elastic(rule: Rule, schema: Literal["ecs", "raw"]) -> Outcome:
    """Compile a rule for logs that are indexed in one of two ways, and no site file."""
    try:
        compiled = compile_rule(rule, _target(schema))
    except Unsupported as error:
        return Refused(error.message)
    body = compiled.body
    return Said(
        form=FORMS[body["type"]],
        query=_query(body),
        notes=tuple(_notes(rule, body)),
        differences=tuple(_differences(compiled.differences)),
    )


@cache
def _target(schema: Literal["ecs", "raw"]) -> Target:
    return Target(Schema(schema), Site())


def _query(body: Mapping[str, Any]) -> Text:
    if body["type"] in ("eql", "esql"):
        return Text(body["type"], body["query"])
    told = [each["meta"] for each in body["filters"]]
    if len(told) == 1 and not told[0]["negate"]:
        return Text("kql", told[0]["alias"])
    return Text("kql", "\nand ".join(map(_filter, told)))


def _filter(meta: Mapping[str, Any]) -> str:
    text = f"({meta['alias']})" if _is_compound(meta["alias"]) else meta["alias"]
    return f"not {text}" if meta["negate"] else text


def _is_compound(kql: str) -> bool:
    """Say whether a condition is joined by ``and`` or ``or`` outside brackets and quotation marks."""
    rest = re.sub(r'\\.|"(?:\\.|[^"\\])*"', "", kql, flags=re.DOTALL)
    while (inner := re.sub(r"\([^()]*\)", "", rest)) != rest:
        rest = inner
    return re.search(r" (?:and|or) ", rest) is not None


def _notes(rule: Rule, body: Mapping[str, Any]) -> Iterable[str]:
    plan = schedule(rule)
    where = ", ".join(code(index) for index in body.get("index", ()))
    yield (
        f"Runs every {plan.interval // 60} minutes{f' on {where}' if where else ''} and looks back "
        f"{_length(plan.lookback)}."
    )
    if "threshold" in body:
        yield _threshold(body["threshold"])
    if "filters" in body:
        yield _KQL


def _threshold(told: Mapping[str, Any]) -> str:
    keys = " and ".join(code(field) for field in told["field"])
    if told["cardinality"]:
        (wanted,) = told["cardinality"]
        return (
            f"Fires at {wanted['value']} or more values of {code(wanted['field'])} for one {keys}."
        )
    return f"Fires at {told['value']} or more events for one {keys}."


def _length(span: int) -> str:
    minutes = span // 60
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 2880 else f"{minutes / 1440:.0f} days"


def _differences(declared: Iterable[Difference]) -> Iterable[str]:
    """Say each kind once, with all that it concerns."""
    kinds: dict[str, list[str]] = {}
    for each in declared:
        kinds.setdefault(MEANING[each.kind], []).extend([each.detail] if each.detail else [])
    for meaning, details in kinds.items():
        yield meaning + (f" ({'; '.join(details)})" if details else "")
