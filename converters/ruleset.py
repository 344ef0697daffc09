"""Rule files → rules: Sigma, the site's filters, and the ``x-rekey`` directives joined.

One file is one rule. pySigma parses and checks the detections; what it gets wrong or does not know
(see docs/rule-standard.md) is checked by :mod:`rekey.converters.lint`, not here.
"""

import copy
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, cast

import orjson
from pydantic import ValidationError
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from rekey.alert import Level
from rekey.converters.registry import for_logsource
from rekey.converters.rule import (
    BaseRule,
    Condition,
    Correlation,
    Directives,
    Dormant,
    FirstSeen,
    Kind,
    Rule,
    seconds,
)
from rekey.errors import Place, RekeyError
from rekey.yaml_file import read_yaml_documents

Document = dict[str, Any]

UNEXPECTED_SHAPES: Final = (TypeError, AttributeError, ValueError, LookupError, NameError)
"""pySigma lets these through for values of a shape that it does not foresee."""


class Override(Protocol):
    """What a site may change of a rule; ``None`` leaves a value as it is."""

    @property
    def enabled(self) -> bool | None: ...  # noqa: D102
    @property
    def level(self) -> Level | None: ...  # noqa: D102
    @property
    def timespan(self) -> str | None: ...  # noqa: D102
    @property
    def gte(self) -> int | None: ...  # noqa: D102
    @property
    def history(self) -> str | None: ...  # noqa: D102
    @property
    def maturity(self) -> str | None: ...  # noqa: D102
    @property
    def gap(self) -> str | None: ...  # noqa: D102
    @property
    def min_events(self) -> int | None: ...  # noqa: D102
    @property
    def factor(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class RuleSet:
    """Rules in the order of their paths."""

    rules: tuple[Rule, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over all documents: which content made a verdict."""
        parts = [[rule.path, rule.documents] for rule in self.rules]
        return hashlib.sha256(orjson.dumps(parts, default=str)).hexdigest()

    def __getitem__(self, path: str) -> Rule:
        """Give the rule with this path.

        Raises:
            KeyError: there is none.
        """
        return next((rule for rule in self.rules if rule.path == path), None) or _missing(path)


def _missing(path: str) -> Rule:
    raise KeyError(path)


def rule_files(folder: Path) -> list[Path]:
    """All rule files of a ``rules/`` folder, without the site's filters."""
    return sorted(p for p in folder.glob("*/*.yml") if p.parent.name != "filters")


def rule_path(file: Path) -> str:
    """Derive a rule's identity from its file: ``<product>/<rule>``."""
    return f"{file.parent.name}/{file.stem}"


def load_rules(
    files: Iterable[Path],
    *,
    filters: Sequence[Document] = (),
    overrides: Mapping[str, Override] | None = None,
) -> RuleSet:
    """Read rule files.

    Raises:
        RekeyError: a file is not a rule, with file and line; two files share a path or an id.
    """
    rules: dict[str, Rule] = {}
    ids: dict[str, Rule] = {}
    for file in files:
        override = (overrides or {}).get(rule_path(file))
        if override and override.enabled is False:
            continue
        documents = [cast(Document, document.data) for document in read_yaml_documents(file)]
        rule = build_rule(file, documents, filters=filters, override=override)
        for key, known, what in ((rule.path, rules, "path"), (rule.id, ids, "id")):
            if key in known:
                raise RekeyError(
                    f"has the same {what} as {known[key].file}",
                    place=Place(file),
                    hint="A rule's path and Sigma id must be unique over all packs.",
                )
            known[key] = rule
    return RuleSet(tuple(rules[path] for path in sorted(rules)))


def build_rule(
    file: Path,
    documents: Sequence[Document],
    *,
    filters: Sequence[Document] = (),
    override: Override | None = None,
) -> Rule:
    """Make a rule of the documents of one file; the last one is the rule, the others its bases.

    Raises:
        RekeyError: not a rule.
    """
    if not all(isinstance(document, dict) for document in documents) or not documents:
        raise RekeyError("holds no rule", place=Place(file), hint="See docs/rule-standard.md.")
    try:
        collection = SigmaCollection.from_dicts(copy.deepcopy(list(documents)))
        _apply_filters(collection, filters)
        bases = tuple(_base(r, file) for r in collection.rules if isinstance(r, SigmaRule))
    except SigmaError as error:
        raise RekeyError(str(error), place=Place(file)) from error
    except UNEXPECTED_SHAPES as error:
        raise RekeyError(f"not a Sigma rule: {error}", place=Place(file)) from error
    head = documents[-1]
    directives = _tuned_directives(_directives(head, file), override)
    correlations = [r for r in collection.rules if isinstance(r, SigmaCorrelationRule)]
    correlation = _correlation(correlations, override, file)
    if correlation is None and len(bases) != 1:
        raise RekeyError(
            "holds several detections but no correlation", place=Place(file),
            hint="One file is one rule.",
        )  # fmt: skip
    return Rule(
        path=rule_path(file),
        file=file,
        id=str(head.get("id", "")),
        title=str(head.get("title", "")),
        description=str(head.get("description", "")),
        level=cast(Level, (override and override.level) or head.get("level", "medium")),
        status=str(head.get("status", "experimental")),
        kind=_kind(correlations, directives),
        tags=tuple(str(tag) for tag in head.get("tags", ())),
        bases=_in_order(bases, correlations),
        correlation=correlation,
        directives=directives,
        documents=tuple(documents),
    )


def _apply_filters(collection: SigmaCollection, filters: Sequence[Document]) -> None:
    parsed = [SigmaFilter.from_dict(copy.deepcopy(document)) for document in filters]
    if parsed:
        collection.apply_filters(parsed)
        collection.resolve_rule_references()


def _base(sigma: SigmaRule, file: Path) -> BaseRule:
    source = for_logsource(sigma.logsource.product, sigma.logsource.service)
    if source is None:
        raise RekeyError(
            f"unknown log source {sigma.logsource.product}/{sigma.logsource.service}",
            place=Place(file),
            hint="The known ones are the files of converters/fields/.",
        )
    conditions = sigma.detection.parsed_condition
    if len(conditions) > 1:
        raise RekeyError(
            "has several conditions",
            place=Place(file),
            hint="Join them by `or`, or write a rule for each.",
        )
    return BaseRule(sigma.name or "", str(sigma.id), source, cast(Condition, conditions[0].parsed))


def _directives(head: Document, file: Path) -> Directives:
    try:
        return Directives.model_validate(head.get("x-rekey", {}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["x-rekey", *(str(part) for part in first["loc"])])
        raise RekeyError(
            f"{where}: {first['msg']}", place=Place(file), hint="See docs/rule-standard.md."
        ) from error


def _tuned_directives(directives: Directives, override: Override | None) -> Directives:
    if override is None:
        return directives
    first, dormant = directives.first_seen, directives.dormant
    if first:
        first = FirstSeen(
            history=override.history or first.history,
            maturity=override.maturity or first.maturity,
            min_events=first.min_events if override.min_events is None else override.min_events,
            ordinary=first.ordinary,
        )
    if dormant:
        factor = dormant.factor if override.factor is None else override.factor
        dormant = Dormant(gap=override.gap or dormant.gap, factor=factor)
    return directives.model_copy(update={"first_seen": first, "dormant": dormant})


def _kind(correlations: Sequence[SigmaCorrelationRule], directives: Directives) -> Kind:
    if not correlations:
        return Kind.SINGLE
    if directives.first_seen:
        return Kind.FIRST_SEEN
    if directives.dormant:
        return Kind.DORMANT
    return Kind(correlations[0].type.name.lower())


def _correlation(
    correlations: Sequence[SigmaCorrelationRule],
    override: Override | None,
    file: Path,
) -> Correlation | None:
    if not correlations:
        return None
    if len(correlations) > 1:
        raise RekeyError(
            "chains correlations", place=Place(file), hint="No engine runs chained correlations."
        )
    sigma = correlations[0]
    condition = sigma.condition
    count, operator, field = 1, "gte", None
    if isinstance(condition, SigmaCorrelationCondition):
        count, operator = condition.count, condition.op.name.lower()
        field = cast("str | None", condition.fieldref)
    aliases = tuple(
        (alias.alias, tuple((ref.reference, name) for ref, name in alias.mapping.items()))
        for alias in sigma.aliases
    )
    correlation = Correlation(
        group_by=tuple(sigma.group_by or ()),
        timespan=sigma.timespan.seconds,
        operator=operator,
        count=count,
        field=field,
        aliases=aliases,
    )
    if override is None:
        return correlation
    return replace(
        correlation,
        timespan=seconds(override.timespan) if override.timespan else correlation.timespan,
        count=override.gte or correlation.count,
    )


def _in_order(
    bases: tuple[BaseRule, ...], correlations: Sequence[SigmaCorrelationRule]
) -> tuple[BaseRule, ...]:
    """Order base rules as the correlation names them: a sequence depends on it."""
    if not correlations:
        return bases
    wanted = [reference.reference for reference in correlations[0].rules or ()]
    by_key = {base.name: base for base in bases} | {base.id: base for base in bases}
    return tuple(by_key[key] for key in wanted)
