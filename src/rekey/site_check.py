"""Holding a site file against what it is about: rules, and fields of log sources."""

from collections.abc import Mapping

from rekey.converters.registry import for_logsource, has_field, like, registry
from rekey.errors import RekeyError
from rekey.rule_head import RuleHead
from rekey.site import Exclusion, Site, check_rules


def check_site(site: Site, heads: Mapping[str, RuleHead]) -> None:
    """See that all that a site file names exists.

    Raises:
        RekeyError: at the first rule, knob, log source or field that does not; an exclusion by a
            field that no record has would leave out nothing, or whole rules.
    """
    check_rules(site, heads)
    for index, exclusion in enumerate(site.exclusions):
        _check_fields(site, index, exclusion)


def _check_fields(site: Site, index: int, exclusion: Exclusion) -> None:
    named = exclusion.logsource
    source = for_logsource(named.product, named.service)
    if source is None:
        raise RekeyError(
            f"there is no log source {named.product}/{named.service}",
            place=site.place("exclusions", index, "logsource"),
            hint=f"Known are {', '.join(name.replace('_', '/', 1) for name in registry())}.",
        )
    for condition in exclusion.fields:
        field = condition.partition("|")[0]
        if not has_field(source, field):
            raise RekeyError(
                f"{source.name} has no field {field}",
                place=site.place("exclusions", index, "fields", condition),
                hint=like(source, field),
            )
