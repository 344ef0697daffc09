"""Packs and a site file → the rules of this run."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rekey.converters.ruleset import RuleSet, load_rules
from rekey.errors import Place, RekeyError
from rekey.pack import Pack
from rekey.rule_head import rule_heads
from rekey.site import Site, load_site, sigma_filters
from rekey.site_check import check_site


@dataclass(frozen=True)
class Loaded:
    """Rules with the site's exclusions and overrides applied.

    Attributes:
        rules: the rules as they are on ``day``.
        day: the day on which time-limited entries of the site file were judged.
        filters: the site's exclusions that hold on ``day``, as Sigma filters.
        rules_on: gives the rules as they are on another day.
    """

    rules: RuleSet
    site: Site
    day: date
    filters: list[dict[str, Any]]
    rules_on: Callable[[date], RuleSet]


def load(
    packs: Sequence[Pack],
    site_file: Path | None,
    only: Sequence[str] = (),
    *,
    day: date | None = None,
    filtered: bool = True,
) -> Loaded:
    """Load rules.

    Args:
        packs: where rules are.
        site_file: the site file, if there is one.
        only: rule paths (``aws/x``), products (``aws``) or files; empty for all.
        day: when time-limited entries are judged; today unless given.
        filtered: apply the site's exclusions; else the rules are as they would be without.

    Raises:
        RekeyError: a rule or the site file is wrong, or nothing is called ``only``.
    """
    site = load_site(site_file) if site_file else Site()
    day = day or datetime.now(UTC).date()
    heads = rule_heads(packs)
    check_site(site, heads)
    files = [heads[path].file for path in chosen(heads, packs, only)]

    def rules_on(day: date) -> RuleSet:
        filters = sigma_filters(site, day, heads) if filtered else []
        return load_rules(files, filters=filters, overrides=site.rules)

    return Loaded(rules_on(day), site, day, sigma_filters(site, day, heads), rules_on)


def _no_rule(name: str) -> RekeyError:
    if Path(name).exists():
        return RekeyError(
            "belongs to none of the packs",
            place=Place(name),
            hint="--pack FOLDER brings your own along; they lie in FOLDER/rules/<product>/.",
        )
    return RekeyError("is no rule", place=Place(name), hint="`rekey rules list` names all rules.")


def chosen(known: Collection[str], packs: Sequence[Pack], only: Sequence[str]) -> list[str]:
    """Resolve what a user calls rules: a path, a product, a file or a folder.

    Raises:
        RekeyError: a name that is no rule.
    """
    if not only:
        return sorted(known)
    files = {path: file.resolve() for pack in packs for path, file in pack.rule_files().items()}
    found: list[str] = []
    for name in only:
        if not name:
            raise RekeyError(
                "a rule is named that has no name", hint="`rekey rules list` names all."
            )
        place = Path(name).resolve()
        plain = name.removesuffix(".yml").strip("/")
        hits = [
            path
            for path in sorted(known)
            if path == plain
            or path.split("/")[0] == plain
            or (path in files and (files[path] == place or place in files[path].parents))
        ]
        if not hits:
            raise _no_rule(name)
        found += hits
    return sorted(dict.fromkeys(found))
