"""Site file → Sigma filters, one for each exclusion and log source.

A filter applies to rules that look at events (pySigma never applies one to a correlation), so the
base rules of a stateful rule are named, not the correlation. Generated documents are plain Sigma:
https://sigmahq.io/docs/meta/filters.html
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from rekey.rule_head import RuleHead
from rekey.site.model import Announcement, Exclusion, Logsource, Site, TimeLimited

NAMESPACE: Final = UUID("6f1d9f2c-6b0a-5a53-9a5e-0d5f4b8f7c11")
"""Root of the filters' ids: the same entry gets the same id everywhere."""

ANNOUNCED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "account": {"aws_cloudtrail": ("userIdentity.accountId", "recipientAccountId")},
    "cluster": {"kubernetes_audit": ("origin.cluster",)},
    "issuer": {"aws_cloudtrail": ("userIdentity.identityProvider|contains",)},
    "region": {"aws_cloudtrail": ("awsRegion",)},
}
"""Kind of announcement → log source → the fields that say it.

Kubernetes writes no cluster into its records; what wraps them does, and only the embedded engine
sees that.
"""


def sigma_filters(site: Site, today: date, heads: Mapping[str, RuleHead]) -> list[dict[str, Any]]:
    """Generate the Sigma filter documents of a site; entries that have expired give none.

    Args:
        site: the site file; hold it against the rules first (``check_site``).
        today: the day on which time-limited entries are judged.
        heads: the rules by path.
    """
    filters = [_exclusion(entry, heads) for entry in site.exclusions if entry.holds(today)]
    for entry in site.announced:
        if entry.holds(today):
            filters += _announcement(entry, heads)
    return filters


def _exclusion(entry: Exclusion, heads: Mapping[str, RuleHead]) -> dict[str, Any]:
    rules: str | list[str] = "any"
    if entry.rules != "all":
        rules = [name for path in entry.rules for name in heads[path].ids]
    return _document(entry, entry.logsource, rules, [dict(entry.fields)])


def _announcement(entry: Announcement, heads: Mapping[str, RuleHead]) -> Iterator[dict[str, Any]]:
    """News that is expected is hidden from rules that look for news, and from no others."""
    news = [novelty for head in heads.values() for novelty in head.novelty]
    for name, fields in ANNOUNCED[entry.kind].items():
        product, service = name.split("_")
        ids = [base.id for base in news if (base.product, base.service) == (product, service)]
        if ids:
            source = Logsource(product=product, service=service)
            excluded = [{field: list(entry.values)} for field in fields]
            yield _document(entry, source, ids, excluded)


def _document(
    entry: TimeLimited,
    source: Logsource,
    rules: str | list[str],
    excluded: list[dict[str, Any]],
) -> dict[str, Any]:
    name = f"site_{entry.id}_{source.product}_{source.service}".replace("-", "_")
    return {
        "title": f"Site exclusion {entry.id} ({source.product} {source.service})",
        "id": str(uuid5(NAMESPACE, name)),
        "name": name,
        "description": f"{entry.reason}\nOwner: {entry.owner}. Ends after {entry.expires}.",
        "logsource": source.model_dump(),
        "filter": {
            "rules": rules,
            "excluded": excluded[0] if len(excluded) == 1 else excluded,
            "condition": "not excluded",
        },
        "x-rekey": {"entry": entry.id, "owner": entry.owner, "expires": str(entry.expires)},
    }
