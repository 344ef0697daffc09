"""Packs and a site file → the rules of this run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rekey.converters.ruleset import RuleSet, load_rules
from rekey.errors import Place, RekeyError
from rekey.pack import Pack
from rekey.rule_head import rule_heads
from rekey.site import Site, check_rules, load_site, sigma_filters


@dataclass(frozen=True)
class Loaded:
    """Rules with the site's exclusions and overrides applied, and what was noticed."""

    rules: RuleSet
    site: Site
    notes: tuple[str, ...]


def load(packs: Sequence[Pack], site_file: Path | None, only: Sequence[str] = ()) -> Loaded:
    """Load rules.

    Args:
        packs: where rules are.
        site_file: the site file, if there is one.
        only: rule paths (``aws/x``), products (``aws``) or files; empty for all.

    Raises:
        RekeyError: a rule or the site file is wrong, or nothing is called ``only``.
    """
    site = load_site(site_file) if site_file else Site()
    today = datetime.now(UTC).date()
    heads = rule_heads(packs)
    check_rules(site, heads)
    files = [heads[path].file for path in chosen(heads, packs, only)]
    filters = sigma_filters(site, today, heads)
    notes = tuple(
        f"the site's exception {entry.id} expired on {entry.expires} and excludes nothing any more"
        f" (owner: {entry.owner})"
        for entry in site.expired(today)
    )
    return Loaded(load_rules(files, filters=filters, overrides=site.rules), site, notes)


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
            raise RekeyError(
                "is no rule", place=Place(name), hint="`rekey rules list` names all rules."
            )
        found += hits
    return sorted(dict.fromkeys(found))
